package e2e

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"tocsin/e2e/bend"
	"tocsin/e2e/daemon"
	"tocsin/e2e/eventually"
)

// bombYAML is a file of aliases that stand for 10 to the power of n words.
func bombYAML(n int) string {
	var b strings.Builder
	b.WriteString("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n")
	for i := 1; i <= n; i++ {
		fmt.Fprintf(&b, "a%d: &a%d [%s]\n", i, i, strings.TrimSuffix(strings.Repeat(fmt.Sprintf("*a%d, ", i-1), 10), ", "))
	}
	fmt.Fprintf(&b, "groups: *a%d\n", n)
	return b.String()
}

// TestF40YAMLBomb: a rule file that would unfold to a billion words, or is no
// text at all, is refused by `check` and by a reload, in little time and room.
func TestF40YAMLBomb(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.set(`load{i="a"}`, 75)
	home := w.home(t, setup{}, loadRules(70, 90))
	home.Start()
	w.expect(t, 0, "HighLoad a warn")
	for name, text := range map[string]string{
		"a bomb":           bombYAML(9),
		"a list in itself": "groups: &a [*a]\n",
		"a deep one":       "groups: " + strings.Repeat("[", 9000) + strings.Repeat("]", 9000),
		"a binary":         "\x7fELF\x00\x01\x02",
		"a large one":      "groups: []\n#" + strings.Repeat("x", 64<<20),
	} {
		home.Write("rules.yaml", text)
		began := time.Now()
		if _, err := home.Post("/-/reload"); err == nil {
			t.Errorf("%s was accepted", name)
		} else if len(err.Error()) > 10_000 {
			t.Errorf("%s: an answer of %d bytes", name, len(err.Error()))
		}
		if took := time.Since(began); took > 5*time.Second {
			t.Errorf("%s took %v", name, took)
		}
		if code, _, _ := told(t, home, "check", home.Dir+"/tocsin.yaml"); code != 1 {
			t.Errorf("%s: check ends with %d", name, code)
		}
	}
	within(t, home, 1<<30)
	w.quiet(t, time.Second)
	w.gauges.Set(`load{i="a"}`, 95)
	w.expect(t, 1, "HighLoad a error")
}

// within fails the test if the daemon ever held more bytes.
func within(t *testing.T, home *daemon.Home, most float64) {
	t.Helper()
	if got, err := home.Metric("process_resident_memory_bytes"); err != nil || got > most {
		t.Errorf("the daemon holds %.0f bytes (%v), want %.0f at most", got, err, most)
	}
}

// TestF40HugeAnswer: an answer of a gigabyte is refused unread, and so is a label
// of a megabyte; nothing resolves by them, and other rules go on.
func TestF40HugeAnswer(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	proxy := bend.New(t, w.prom.URL)
	w.set(`load{i="a"}`, 75)
	w.set(`other{i="b"}`, 10)
	rules := loadRules(70, 90) + "      - {alert: Other, expr: other, flap: off, warn: {above: 70}}\n"
	home := w.home(t, setup{prometheus: proxy.URL}, rules)
	home.Start()
	w.expect(t, 0, "HighLoad a warn")
	sent := make(chan int64, 1000)
	for name, answer := range map[string]http.HandlerFunc{
		"a gigabyte": func(w http.ResponseWriter, _ *http.Request) {
			n, _ := io.Copy(w, io.MultiReader(
				strings.NewReader(`{"status":"success","data":{"resultType":"vector","result":[{"metric":{"i":"`),
				io.LimitReader(endless('x'), 1<<30)))
			sent <- n
		},
		"a label of a megabyte": bend.Vector(`{"metric":{"i":"` + strings.Repeat("x", 1<<20) + `"},"value":[` + bend.Now + `,"95"]}`),
	} {
		proxy.AnswerTo("load", answer)
		eventually.Nil(t, patience, func() error {
			if proxy.Asked() < 3 {
				return fmt.Errorf("%s: answered %d times", name, proxy.Asked())
			}
			return nil
		})
		if err := w.toldOf("HighLoad a resolved", name); err != nil {
			t.Error(err)
		}
	}
	if n := <-sent; n == 1<<30 {
		t.Error("a gigabyte was read to its end")
	}
	w.gauges.Set(`other{i="b"}`, 75)
	w.await(t, "Other b warn")
	within(t, home, 1<<30)
	proxy.Straight()
	w.gauges.Set(`load{i="a"}`, 95)
	w.await(t, "HighLoad a error")
}

// endless is a byte without end.
type endless byte

func (e endless) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = byte(e)
	}
	return len(p), nil
}

// What a series may be called by someone who means harm.
const (
	script = `<script>alert(1)</script><img src=x onerror=alert(2)>`
	markup = `<!channel> <@U0> <https://evil.example|here> *bold* &amp;`
)

// TestF40MarkupInLabels: mark-up in labels is text in all that people see.
func TestF40MarkupInLabels(t *testing.T) {
	t.Parallel()
	w, people := newWorld(t), newPeople(t)
	proxy := bend.New(t, w.prom.URL)
	proxy.AnswerTo("load", bend.Vector(fmt.Sprintf(`{"metric":{"i":%q,"j":%q},"value":[%s,"75"]}`, script, markup, bend.Now)))
	rules := strings.Replace(loadRules(70, 90), "'load of", "'{{ $labels.j }} load of", 1)
	home := w.home(t, setup{prometheus: proxy.URL, receivers: people.yaml}, rules)
	home.Start()
	w.expect(t, 0, "HighLoad "+script+" warn")
	texts := people.told(t, 1)
	for _, where := range []string{"Slack webhook", "Slack bot"} {
		for _, bad := range []string{"<!channel>", "<@U0>", "<https://evil.example|here>", `\u003c!channel\u003e`, `\u003c@U0\u003e`} {
			if strings.Contains(texts[where], bad) {
				t.Errorf("%s holds %q:\n%s", where, bad, texts[where])
			}
		}
	}
	if refused := people.slack.Refused(); len(refused) > 0 {
		t.Errorf("Slack refused %q", refused)
	}
	_, html, _ := strings.Cut(texts["mail HTML"], "\n") // behind the subject
	noMarkup(t, "the mail", html)
	for _, path := range []string{"/", "/metrics", "/api/tocsin/v1/alerts", "/api/v2/alerts", "/" + script} {
		noScript(t, home, path)
	}
}

func noMarkup(t *testing.T, where, html string) {
	t.Helper()
	for _, bad := range []string{"<script", "<img src=x", "<!channel>"} {
		if strings.Contains(html, bad) {
			t.Errorf("%s holds %q:\n%s", where, bad, html)
		}
	}
}

// noScript fails the test if a browser could take the page for one with a script
// of somebody else's.
func noScript(t *testing.T, home *daemon.Home, path string) {
	t.Helper()
	resp, err := http.Get(home.URL + path)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	if resp.Header.Get("X-Content-Type-Options") != "nosniff" {
		t.Errorf("%s may be taken for another type than %q", path, resp.Header.Get("Content-Type"))
	}
	if strings.HasPrefix(resp.Header.Get("Content-Type"), "text/html") {
		noMarkup(t, path, string(body))
	}
}
