// Package browser shows pages to a test in a real Chromium, without a screen.
package browser

import (
	"bytes"
	"context"
	"fmt"
	"image"
	"image/png"
	"os/exec"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"

	"tocsin/e2e/eventually"
)

// patience is for the browser itself: its start, and what it does at once.
const patience = 30 * time.Second

// A Page is one tab of a browser of its own, with a fresh profile.
type Page struct {
	t   testing.TB
	tab func() context.Context // chromedp keeps the tab in a context

	mu     sync.Mutex
	errors []string
}

// Open starts a browser for the rest of the test and goes to the address.
func Open(t testing.TB, url string) *Page {
	t.Helper()
	p := start(t)
	p.do(chromedp.Navigate(url))
	return p
}

// OpenPlain is Open in a browser that runs no scripts.
func OpenPlain(t testing.TB, url string) *Page {
	t.Helper()
	p := start(t)
	p.do(chromedp.Func(func(ctx context.Context, tab *chromedp.Target) error {
		_, err := cdp.Call(ctx, tab, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true})
		return err
	}), chromedp.Navigate(url))
	return p
}

func start(t testing.TB) *Page {
	t.Helper()
	path, err := exec.LookPath("chromium")
	if err != nil {
		t.Fatalf("%v: `make tools` installs it", err)
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(path),
		chromedp.NoSandbox, // which root and containers don't have
		chromedp.DisableGPU,
		chromedp.UserDataDir(t.TempDir()),
		chromedp.WindowSize(1200, 900),
		chromedp.Flag("disable-quic", true),
		chromedp.Flag("disable-component-update", true),
	)
	ctx, stop := chromedp.NewExecAllocator(context.Background(), options...)
	t.Cleanup(stop)
	ctx, _ = chromedp.NewContext(ctx)
	p := &Page{t: t, tab: func() context.Context { return ctx }}
	t.Cleanup(p.close)
	p.do()
	p.listen()
	return p
}

// close waits until the browser is gone: its folder goes next.
func (p *Page) close() {
	ctx, cancel := context.WithTimeout(p.tab(), patience)
	defer cancel()
	if err := chromedp.Cancel(ctx); err != nil {
		p.t.Errorf("close the browser: %v", err)
	}
}

// listen keeps the errors of the console, which also tells of scripts that fail,
// of what a content security policy forbids and of files that are not there.
func (p *Page) listen() {
	console := chromedp.Console(p.tab())
	go func() {
		for m, err := range console {
			if err != nil {
				return // closed
			}
			if m.IsException() || m.Type == chromedp.ConsoleError {
				p.mu.Lock()
				p.errors = append(p.errors, fmt.Sprintf("%s (%s:%d)", m, m.URL, m.Line))
				p.mu.Unlock()
			}
		}
	}()
}

// Errors is what went to the console as an error so far.
func (p *Page) Errors() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]string(nil), p.errors...)
}

func (p *Page) do(steps ...chromedp.Action[chromedp.Void]) {
	p.t.Helper()
	// The first one starts the browser, which then ends with the context it was
	// started with: so no timeout here.
	if err := chromedp.Do(p.tab(), steps...); err != nil {
		p.t.Fatalf("browser: %v", err)
	}
}

// Resize gives the page the screen of a phone, or any other width.
func (p *Page) Resize(width, height int64) {
	p.t.Helper()
	p.do(chromedp.Func(func(ctx context.Context, tab *chromedp.Target) error {
		_, err := cdp.Call(ctx, tab, emulation.SetDeviceMetricsOverride, emulation.SetDeviceMetricsOverrideParams{Width: width, Height: height, DeviceScaleFactor: 1})
		return err
	}))
}

// Look evaluates an expression in the page.
func Look[T any](p *Page, expression string) (T, error) {
	ctx, cancel := context.WithTimeout(p.tab(), patience)
	defer cancel()
	return chromedp.Run(ctx, chromedp.Evaluate[T](expression))
}

// Click scrolls to the button with the text, moves the mouse there and clicks.
func (p *Page) Click(text string) {
	p.t.Helper()
	var at []float64
	eventually.Nil(p.t, patience, func() (err error) {
		at, err = Look[[]float64](p, fmt.Sprintf(centre, text))
		if err == nil && len(at) != 2 {
			err = fmt.Errorf("no button %q to be seen", text)
		}
		return err
	})
	p.do(chromedp.MouseClickXY(at[0], at[1]))
}

// centre is where the button is, if nothing lies on it.
const centre = `(() => {
  const b = [...document.querySelectorAll("button")].find((b) => b.innerText.trim() === %q);
  if (!b) return [];
  b.scrollIntoView({block: "center"});
  const r = b.getBoundingClientRect(), x = r.x + r.width / 2, y = r.y + r.height / 2;
  return b.contains(document.elementFromPoint(x, y)) ? [x, y] : [];
})()`

// Picture is what an element looks like. It is brought into view first, since
// a browser draws no frame that nobody sees.
func (p *Page) Picture(selector string) image.Image {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.tab(), patience)
	defer cancel()
	var raw []byte
	err := chromedp.Do(ctx, chromedp.ScrollIntoView(chromedp.CSS(selector)))
	if err == nil {
		raw, err = chromedp.Run(ctx, chromedp.Screenshot(chromedp.CSS(selector)))
	}
	if err != nil {
		p.t.Fatalf("picture of %s: %v", selector, err)
	}
	picture, err := png.Decode(bytes.NewReader(raw))
	if err != nil {
		p.t.Fatalf("picture of %s: %v", selector, err)
	}
	return picture
}
