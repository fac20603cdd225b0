package e2e

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"tocsin/e2e/bend"
	"tocsin/e2e/eventually"
)

// TestF16PartialAnswer: an answer of Prometheus' with a warning may lack series.
// What is in it raises; what is not in it, or is well in it, resolves nothing.
func TestF16PartialAnswer(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	proxy := bend.New(t, w.prom.URL)
	w.set(`load{i="a"}`, 75)
	w.set(`load{i="b"}`, 10)
	w.home(t, setup{prometheus: proxy.URL}, loadRules(70, 90)).Start()
	w.expect(t, 0, "HighLoad a warn")

	proxy.Replace(`{"status":"success",`, `{"status":"success","warnings":["a store is away"],`)
	w.gauges.Set(`load{i="a"}`, 10)
	w.gauges.Set(`load{i="b"}`, 75)
	w.expect(t, 1, "HighLoad b warn")
	w.gauges.Delete(`load{i="b"}`)
	w.quiet(t, 3*time.Second)
	if proxy.Asked() == 0 {
		t.Error("no answer had a warning")
	}
	proxy.Straight()
	w.expect(t, 2, "HighLoad a resolved")
}

// TestF14QueryFails: a query that fails, in whatever way, resolves nothing, and
// what changed meanwhile is told afterwards.
func TestF14QueryFails(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	proxy := bend.New(t, w.prom.URL)
	w.set(`load{i="a"}`, 75)
	w.home(t, setup{prometheus: proxy.URL}, loadRules(70, 90)).Start()
	w.expect(t, 0, "HighLoad a warn")
	proxy.Answer(func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "no", http.StatusBadGateway) })
	w.gauges.Set(`load{i="a"}`, 10)
	for name, answer := range map[string]http.HandlerFunc{
		"unavailable": func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "no", http.StatusServiceUnavailable) },
		"too many samples": func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusUnprocessableEntity)
			fmt.Fprint(w, `{"status":"error","errorType":"execution","error":"too many samples"}`)
		},
		"a page of something else": func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "<html>log in first") },
		"half an answer":           func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, `{"status":"success","data":{"resu`) },
		"a matrix": func(w http.ResponseWriter, _ *http.Request) {
			fmt.Fprint(w, `{"status":"success","data":{"resultType":"matrix","result":[]}}`)
		},
		"a cut connection": func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) },
	} {
		proxy.Answer(answer)
		eventually.Never(t, time.Second, func() error { return w.toldOf("HighLoad a resolved", name) })
	}
	proxy.Straight()
	w.await(t, "HighLoad a resolved")
}

// toldOf is an error once the webhook was told something, whatever else it was
// told.
func (w *world) toldOf(what, when string) error {
	if all := gists(w.hook.Posts()); count(all, what) > 0 {
		return fmt.Errorf("%s: told %q", when, all)
	}
	return nil
}

// TestF39NotANumber: a ratio over nothing is infinite at total failure, which
// compares, and not a number on an idle service, which holds.
func TestF39NotANumber(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.set(`errors{i="a"}`, 5)
	w.set(`successes{i="a"}`, 0)
	w.home(t, setup{}, `
groups:
  - name: errors
    rules:
      - {alert: ManyErrors, expr: errors / successes, flap: off, warn: {above: 0.1}}
`).Start()
	alert := w.expect(t, 0, "ManyErrors a warn")[0].Message.Alerts[0]
	if unquote(alert.Value) != "+Inf" {
		t.Errorf("value %s, want +Inf", alert.Value)
	}
	w.set(`errors{i="a"}`, 0)
	w.quiet(t, 2*time.Second)
	w.gauges.Set(`successes{i="a"}`, 10)
	w.expect(t, 1, "ManyErrors a resolved")
}

// TestF39StaleMarker: a series that ends with Prometheus' stale marker is held
// like one that is absent, and goes on if it comes back.
func TestF39StaleMarker(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.set(`load{i="a"}`, 75)
	w.set(`load{i="b"}`, 10)
	w.home(t, setup{}, loadRules(70, 90)).Start()
	w.expect(t, 0, "HighLoad a warn")
	w.gauges.Delete(`load{i="a"}`)
	w.prom.Await("count(load)", 1)
	w.quiet(t, 2*time.Second)
	w.gauges.Set(`load{i="a"}`, 95)
	w.expect(t, 1, "HighLoad a error")
	if w.episode(t, 0) != w.episode(t, 1) {
		t.Error("a new episode")
	}
}

// TestF26OverLimit: a rule that suddenly has ten times as many series as it may
// goes on with those that it knows, refuses the others, and one alert says so.
func TestF26OverLimit(t *testing.T) {
	t.Parallel()
	const most = 20
	w := newWorld(t)
	for i := range most {
		w.gauges.Set(fmt.Sprintf(`load{i="old%02d"}`, i), 75)
	}
	w.prom.Await("count(load)", most)
	rules := strings.Replace(loadRules(70, 90), "flap: off", fmt.Sprintf("flap: off\n        limit: %d", most), 1)
	home := w.home(t, setup{}, rules)
	home.Start()
	known(t, home, "warn", most)
	for i := range 10 * most {
		w.gauges.Set(fmt.Sprintf(`load{i="new%03d"}`, i), 75)
	}
	told := w.await(t, "TocsinRuleLimit  warn")
	w.quiet(t, 2*time.Second)
	if got := w.hook.Taken(); len(got) != most+1 {
		t.Errorf("%d messages, want %d and one of the limit; the last is %q", len(got), most, says(got[len(got)-1]))
	}
	w.gauges.Set(`load{i="old00"}`, 95)
	w.expect(t, most+1, "HighLoad old00 error")
	w.gauges.Set(`load{i="old01"}`, 10) // makes room for one of the others
	w.await(t, "HighLoad old01 resolved")
	if rule := told.Message.Alerts[0].Labels["rule"]; rule == "" {
		t.Error("the alert doesn't name the rule")
	}
}

// TestF33SameLabels: two series whose labels are the same after templating are
// one alert; another one says so, and other series go on.
func TestF33SameLabels(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.set(`load{i="a",cpu="0"}`, 75)
	w.set(`load{i="a",cpu="1"}`, 75)
	w.set(`load{i="b",cpu="0"}`, 75)
	rules := strings.Replace(loadRules(70, 90), "flap: off", "flap: off\n        labels: {cpu: all}", 1)
	w.home(t, setup{}, rules).Start()
	w.expectSet(t, 0, "HighLoad a warn", "HighLoad b warn", "TocsinRuleDuplicates  warn")
	w.gauges.Set(`load{i="b",cpu="0"}`, 10)
	w.expect(t, 3, "HighLoad b resolved")
	w.quiet(t, 2*time.Second)
}

// TestF34ValueInLabel: a label that holds the value is rendered at the raise and
// kept for the episode, in which the value changes.
func TestF34ValueInLabel(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.set(`load{i="a"}`, 75)
	rules := strings.Replace(loadRules(70, 90), "flap: off", "flap: off\n        labels: {at: '{{ $value }}'}", 1)
	home := w.home(t, setup{}, rules)
	home.Start()
	w.expect(t, 0, "HighLoad a warn")
	w.set(`load{i="a"}`, 80)
	w.quiet(t, 2*time.Second)
	w.gauges.Set(`load{i="a"}`, 95)
	alert := w.expect(t, 1, "HighLoad a error")[0].Message.Alerts[0]
	if alert.Labels["at"] != "75" || w.episode(t, 0) != w.episode(t, 1) {
		t.Errorf("label %q, episodes %s and %s: want 75 in one episode", alert.Labels["at"], w.episode(t, 0), w.episode(t, 1))
	}
	if _, out, _ := told(t, home, "check", home.Dir+"/tocsin.yaml"); !strings.Contains(out, "T322") {
		t.Errorf("check says %q", out)
	}
}
