package e2e

import (
	"fmt"
	"image"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"tocsin/e2e/browser"
	"tocsin/e2e/eventually"
	"tocsin/e2e/proc"
)

// startDemo runs the demo on a free port and returns the address that it prints.
// In the end it must stop on Ctrl-C as if all were well.
func startDemo(t *testing.T) string {
	t.Helper()
	d := proc.Start(t, proc.Command{Path: binary, Args: []string{"demo", "--web.listen-address=127.0.0.1:0"}, Dir: t.TempDir()})
	var at string
	eventually.Nil(t, patience, func() error {
		at = regexp.MustCompile(`http://127\.0\.0\.1:\d+`).FindString(d.Output())
		if at == "" || !d.Running() {
			return fmt.Errorf("the demo printed no address: %q", d.Output())
		}
		return nil
	})
	t.Cleanup(func() {
		d.Signal(syscall.SIGINT)
		if code, err := d.Wait(10 * time.Second); err != nil || code != 0 {
			t.Errorf("after Ctrl-C: exit code %d, %v\n%s", code, err, d.Output())
		}
		if t.Failed() {
			t.Logf("the demo printed:\n%s", d.Output())
		}
	})
	return at
}

// A scene is what can be seen of the demo's page at an instant.
type scene struct {
	Cards  map[string]string // of each rule: its level
	Alerts []string          // the rows of the table
	Slack  []string          // newest first, as are mails
	Mails  []string          // subject and HTML
	On     []string          // the switches that are on
	Same   bool              // the page was not loaded anew since it was marked
}

const (
	mark    = `window.marked = true`
	observe = `(() => {
  const all = (selector) => [...document.querySelectorAll(selector)];
  return {
    Cards: Object.fromEntries(all("#rules article").map((a) => [
      a.querySelector("h3").firstChild.textContent.trim(), a.querySelector(".chip").innerText.toLowerCase()])),
    Alerts: all("#alerts tbody tr").map((r) => r.innerText.replace(/\s+/g, " ")),
    Slack: all("#slack article").map((m) => m.innerText),
    Mails: all("#mail details").map((m) => m.querySelector("summary").innerText + (m.querySelector("iframe")?.srcdoc ?? "")),
    On: all("#switches button[aria-pressed=true]").map((b) => b.innerText.trim()),
    Same: window.marked === true,
  };
})()`
)

// A viewer is somebody before the demo's page.
type viewer struct {
	*browser.Page

	t    *testing.T
	last scene
}

// sees waits until the check finds on the page what it looks for.
func (v *viewer) sees(check func(scene) error) {
	v.t.Helper()
	err := eventually.Try(2*patience, func() (err error) {
		if v.last, err = browser.Look[scene](v.Page, observe); err != nil {
			return err
		}
		return check(v.last)
	})
	if err != nil {
		v.t.Fatalf("%v; the page shows %+v", err, v.last)
	}
}

// card is a check of the level that the card of a rule shows.
func card(name, level string) func(scene) error {
	return func(s scene) error {
		if s.Cards[name] != level {
			return fmt.Errorf("the card of %s is %q, want %q", name, s.Cards[name], level)
		}
		return nil
	}
}

// shown is a check that one of the texts holds all the words, in this order.
func shown(of func(scene) []string, words ...string) func(scene) error {
	pattern := regexp.MustCompile(`(?s)` + strings.Join(words, `.*`))
	return func(s scene) error {
		if !slices.ContainsFunc(of(s), pattern.MatchString) {
			return fmt.Errorf("nothing matches %s", pattern)
		}
		return nil
	}
}

func alerts(s scene) []string   { return s.Alerts }
func slacks(s scene) []string   { return s.Slack }
func mails(s scene) []string    { return s.Mails }
func switches(s scene) []string { return s.On }

// quietAgain is a check that no alert is left and all switches are off.
func quietAgain(s scene) error {
	if len(s.Alerts)+len(s.On) > 0 {
		return fmt.Errorf("still there: %q, %q", s.Alerts, s.On)
	}
	return nil
}

// faultless: the page was never loaded anew, and nothing went to the console as
// an error, be it a script's or one of the content security policy.
func (v *viewer) faultless() {
	v.t.Helper()
	if !v.last.Same {
		v.t.Error("the page was loaded anew")
	}
	if errors := v.Errors(); len(errors) > 0 {
		v.t.Errorf("the console says:\n%s", strings.Join(errors, "\n"))
	}
}

func openDemo(t *testing.T) *viewer {
	v := &viewer{Page: browser.Open(t, startDemo(t)), t: t}
	v.sees(card("ErrorRateHigh", "ok"))
	if _, err := browser.Look[bool](v.Page, mark); err != nil {
		t.Fatal(err)
	}
	return v
}

// TestDemoErrors: who raises errors with the mouse sees the rule's card turn, the
// alert in the table, and what Slack and mail say; who stops them, RESOLVED.
func TestDemoErrors(t *testing.T) {
	t.Parallel()
	v := openDemo(t)
	v.Click("Raise errors")
	v.sees(shown(switches, "Raise errors"))
	v.sees(card("ErrorRateHigh", "error"))
	v.sees(shown(alerts, "(?i)error", "ErrorRateHigh", "job=.?api", "%", "threshold 5 %"))
	v.sees(shown(slacks, "ERROR", "ErrorRateHigh", `\d %`, "5 %"))
	v.sees(shown(mails, "ERROR", "ErrorRateHigh", `\d %`, "5 %"))

	v.Click("Raise errors")
	v.sees(quietAgain)
	v.sees(card("ErrorRateHigh", "ok"))
	v.sees(shown(slacks, "RESOLVED", "ErrorRateHigh"))
	v.sees(shown(mails, "RESOLVED", "ErrorRateHigh"))
	v.drawn("#mail details[open] iframe")
	v.faultless()
}

// drawn waits until there is something to be seen in an element. What is in a
// frame of its own, no script of the page can tell.
func (v *viewer) drawn(selector string) {
	v.t.Helper()
	eventually.Nil(v.t, patience, func() error {
		if inked := ink(v.Picture(selector)); inked < 0.05 {
			return fmt.Errorf("only %.1f %% of %s is not background", 100*inked, selector)
		}
		return nil
	})
}

// ink is the part of a picture that is not of its most frequent colour.
func ink(p image.Image) float64 {
	colours, most := map[[3]uint32]int{}, 0
	b := p.Bounds()
	for y := b.Min.Y; y < b.Max.Y; y++ {
		for x := b.Min.X; x < b.Max.X; x++ {
			r, g, b, _ := p.At(x, y).RGBA()
			colours[[3]uint32{r, g, b}]++
			most = max(most, colours[[3]uint32{r, g, b}])
		}
	}
	return 1 - float64(most)/float64(max(b.Dx()*b.Dy(), 1))
}

// TestDemoSilence: metrics that stop are told as a target that is down, not as
// errors that are over, and it is over when they are back.
func TestDemoSilence(t *testing.T) {
	t.Parallel()
	v := openDemo(t)
	v.Click("Stop the metrics")
	v.sees(card("TargetDown", "error"))
	v.sees(shown(slacks, "ERROR", "TargetDown"))
	v.sees(shown(mails, "ERROR", "TargetDown"))
	v.Click("Stop the metrics")
	v.sees(shown(slacks, "RESOLVED", "TargetDown"))
	v.sees(quietAgain)
	v.faultless()
}

// TestDemoButtons: the buttons of a message do what they do in Slack: the daemon
// hears of them, and the message shows it.
func TestDemoButtons(t *testing.T) {
	t.Parallel()
	v := openDemo(t)
	v.Click("Fill memory")
	v.sees(shown(slacks, "ERROR", "MemoryHigh"))
	v.sees(shown(mails, "ERROR", "MemoryHigh"))
	v.presses("Acknowledge", "acknowledged by you")
	v.presses("for 1 hour", "silenced by you")
	v.faultless()
}

// presses clicks on a button of a message until Slack shows the words: a message
// that arrives moves it away from under the mouse.
func (v *viewer) presses(button, words string) {
	v.t.Helper()
	for range 5 {
		v.Click(button)
		err := eventually.Try(4*time.Second, func() (err error) {
			if v.last, err = browser.Look[scene](v.Page, observe); err != nil {
				return err
			}
			return shown(slacks, words)(v.last)
		})
		if err == nil {
			return
		}
	}
	v.t.Fatalf("%q does nothing; the page shows %q", button, v.last.Slack)
}

// TestDemoWithoutScript: the page shows all and its switches work where no script
// runs: it comes anew by itself.
func TestDemoWithoutScript(t *testing.T) {
	t.Parallel()
	at := startDemo(t)
	v := &viewer{Page: browser.OpenPlain(t, at), t: t}
	v.sees(card("MemoryHigh", "ok"))
	v.Click("Fill memory")
	v.sees(shown(switches, "Fill memory"))
	v.sees(card("MemoryHigh", "error"))
	v.sees(shown(slacks, "MemoryHigh"))
	v.sees(shown(mails, "MemoryHigh"))
	if v.last.Same {
		t.Error("a script ran")
	}

	page := post(t, at, "memory", "false", http.StatusOK) // after the redirect
	if !strings.Contains(page, `<noscript><meta http-equiv="refresh"`) {
		t.Error("the page does not come anew by itself")
	}
	v.sees(quietAgain)
	post(t, at, "nonsense", "true", http.StatusBadRequest)
	post(t, at, "memory", "perhaps", http.StatusBadRequest)
}

// post throws a switch as the page's form does, and returns what is then shown.
func post(t *testing.T, at, name, on string, want int) string {
	t.Helper()
	resp, err := http.PostForm(at+"/switch", url.Values{"name": {name}, "on": {on}})
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	if resp.StatusCode != want {
		t.Errorf("%s=%s: %s, want %d: %s", name, on, resp.Status, want, body)
	}
	return string(body)
}
