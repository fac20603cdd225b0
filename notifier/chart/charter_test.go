package chart

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image/png"
	"math"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	amlabels "github.com/prometheus/alertmanager/pkg/labels"
	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"

	"tocsin/engine"
	"tocsin/evaluator/promlocal"
	"tocsin/notifier"
	"tocsin/notifier/message"
	"tocsin/notifier/message/messagetest"
	"tocsin/rules"
)

// rendered is a case of messagetest as a message.
func rendered(t testing.TB, name string) *message.Message {
	t.Helper()
	for _, c := range messagetest.Cases() {
		if c.Name == name {
			return renderedOf(t, c.Delivery)
		}
	}
	t.Fatalf("no case %q", name)
	return nil
}

func renderedOf(t testing.TB, d notifier.Delivery) *message.Message {
	t.Helper()
	r, err := message.New(messagetest.Settings())
	if err != nil {
		t.Fatal(err)
	}
	m, _ := r.Render(d, 0, nil)
	return m
}

// found answers with a series for each of the labels, a value at each point.
func found(value float64, all ...labels.Labels) Range {
	return func(_ context.Context, q Query) (out []Found, _ error) {
		for _, ls := range all {
			f := Found{Labels: ls}
			for t := q.From; !t.After(q.Until); t = t.Add(q.Step) {
				f.Times, f.Values = append(f.Times, t), append(f.Values, value)
			}
			out = append(out, f)
		}
		return out, nil
	}
}

func route(name string) labels.Labels {
	return labels.FromStrings("__name__", "latency", "instance", "api-0", "job", "api", "route", name)
}

func latencyRule(string) *rules.Rule {
	level := func(bound, back float64) *rules.LevelRule {
		return &rules.LevelRule{Threshold: rules.Threshold{Side: rules.Above, High: bound, ClearHigh: back}}
	}
	return &rules.Rule{Interval: 15 * time.Second, Levels: rules.Levels{Warn: level(0.3, 0.25), Error: level(0.5, 0.4)}}
}

// What a message is drawn as, and what that is in words.
func TestChart(t *testing.T) {
	for _, c := range []struct {
		says, name, alt string
		series          []labels.Labels
	}{
		{"one alert", "first", "ApiLatencyP95: value 412 ms over warn threshold 300 ms, last 1h: 400 ms", []labels.Labels{route("/orders")}},
		{"one that is over", "resolved", "ApiLatencyP95: value 240 ms under warn threshold 300 ms, last 1h: 400 ms", []labels.Labels{route("/orders")}},
		{"several, by what sets them apart", "joined", "ApiLatencyP95, last 1h: route=/pay 400 ms; route=/orders 400 ms", []labels.Labels{route("/orders"), route("/pay")}},
		{"several, of which one is not there any more", "joined", "ApiLatencyP95, last 1h: route=/orders 400 ms", []labels.Labels{route("/orders")}},
		{"many: the worst, and how many there are", "many", "ApiLatencyP95 5 of 61 alerts, last 1h: route=/route/00 400 ms", []labels.Labels{route("/route/00"), route("/route/59")}},
		{"a presence rule has no threshold", "presence", "InstanceDown: value 0, last 1h: 400 ms", []labels.Labels{labels.FromStrings("__name__", "up", "instance", "web-0:80", "job", "web")}},
		{"an infinite value", "infinite", "ErrorRate: value +Inf over error threshold 5 %, last 1h: 40 %", []labels.Labels{route("/pay")}},
		{"other series only", "first", "", []labels.Labels{route("/other")}},
		{"the rule as a whole", "no-data", "", []labels.Labels{labels.EmptyLabels()}},
		{"a source", "source-down", "", []labels.Labels{labels.EmptyLabels()}},
		{"no series at all", "first", "", nil},
	} {
		charter := New(Options{Range: found(0.4, c.series...), Rule: latencyRule})
		picture, alt, ok := charter.Chart(t.Context(), rendered(t, c.name))
		if c.says == "a presence rule has no threshold" {
			c.alt = strings.ReplaceAll(c.alt, "400 ms", "0.4")
		}
		if alt != c.alt || ok != (c.alt != "") {
			t.Errorf("%s: %q, %v", c.says, alt, ok)
		}
		if _, err := png.Decode(bytes.NewReader(picture)); ok != (err == nil) {
			t.Errorf("%s: %v", c.says, err)
		}
	}
}

// What a value is, against its threshold.
func TestJudged(t *testing.T) {
	q := func(v float64) message.Quantity { return message.Quantity{Float: v, Unit: rules.Seconds} }
	for _, c := range []struct {
		says, want string
		item       message.Item
	}{
		{"over", "value 618 ms over error threshold 500 ms", message.Item{Level: rules.Error, Side: rules.Above, Value: q(0.618), Threshold: q(0.5)}},
		{"under", "value 100 ms under warn threshold 500 ms", message.Item{Level: rules.Warn, Side: rules.Below, Value: q(0.1), Threshold: q(0.5)}},
		{"over again, with the level that was", "value 600 ms over error threshold 500 ms", message.Item{Was: rules.Error, Side: rules.Below, Value: q(0.6), Threshold: q(0.5)}},
		{"at it", "value 500 ms at warn threshold 500 ms", message.Item{Level: rules.Warn, Side: rules.Above, Value: q(0.5), Threshold: q(0.5)}},
		{"the series is gone", "no data", message.Item{Level: rules.Warn, Side: rules.Above, Value: q(math.NaN()), Threshold: q(0.5)}},
		{"no threshold", "value 500 ms", message.Item{Level: rules.Warn, Side: rules.Present, Value: q(0.5)}},
	} {
		if got := judged(c.item); got != c.want {
			t.Errorf("%s: %q", c.says, got)
		}
	}
}

// What is drawn of a rule's thresholds.
func TestThresholds(t *testing.T) {
	two := []Threshold{{rules.Warn, 0.3, 0.25}, {rules.Error, 0.5, 0.4}}
	override := func(string) *rules.Rule {
		r := latencyRule("")
		r.Levels.Warn.Threshold.High = 0.2 // since the alert was raised
		return r
	}
	outside := func(string) *rules.Rule {
		return &rules.Rule{Levels: rules.Levels{Warn: &rules.LevelRule{Threshold: rules.Threshold{Side: rules.Outside, Low: 0.1, ClearLow: 0.15, High: 0.3, ClearHigh: 0.25}}}}
	}
	below := func(string) *rules.Rule {
		return &rules.Rule{Levels: rules.Levels{Warn: &rules.LevelRule{Threshold: rules.Threshold{Side: rules.Below, Low: 0.3, ClearLow: 0.35}}}}
	}
	for _, c := range []struct {
		says, name string
		rule       func(string) *rules.Rule
		want       []Threshold
	}{
		{"both of the rule", "first", latencyRule, two},
		{"after the end too", "resolved", latencyRule, two},
		{"the one that decided, if the rule is not known", "first", nil, []Threshold{{rules.Warn, 0.3, 0.3}}},
		{"the one that decided, if the rule has others by now", "first", override, []Threshold{{rules.Warn, 0.3, 0.3}}},
		{"of an end, with the level that was", "resolved", nil, []Threshold{{rules.Warn, 0.3, 0.3}}},
		{"two of outside", "first", outside, []Threshold{{rules.Warn, 0.3, 0.25}, {rules.Warn, 0.1, 0.15}}},
		{"one of below", "first", below, []Threshold{{rules.Warn, 0.3, 0.35}}},
		{"none of a presence rule", "presence", latencyRule, nil},
	} {
		s, ok := New(Options{Rule: c.rule}).subject(rendered(t, c.name))
		if !ok || !slices.Equal(s.thresholds, c.want) {
			t.Errorf("%s: %v", c.says, s.thresholds)
		}
	}
}

// When it fired, as far as a message knows.
func TestFiring(t *testing.T) {
	when := func(minutes int) time.Time { return at.Add(time.Duration(minutes) * time.Minute) }
	for _, c := range []struct {
		says string
		item message.Item
		want []Interval
	}{
		{"since its start", message.Item{Level: rules.Warn, StartsAt: when(-5), LevelSince: when(-5)}, []Interval{{rules.Warn, when(-5), at}}},
		{"raised meanwhile", message.Item{Level: rules.Error, StartsAt: when(-9), LevelSince: when(-4)}, []Interval{{rules.Warn, when(-9), when(-4)}, {rules.Error, when(-4), at}}},
		{"lowered meanwhile", message.Item{Level: rules.Warn, StartsAt: when(-9), LevelSince: when(-4)}, []Interval{{rules.Error, when(-9), when(-4)}, {rules.Warn, when(-4), at}}},
		{"over", message.Item{Was: rules.Error, StartsAt: when(-9), LevelSince: when(-2), EndsAt: when(-2)}, []Interval{{rules.Error, when(-9), when(-2)}}},
		{"never began", message.Item{Level: rules.Warn}, nil},
	} {
		if got := firing(c.item, at); !slices.Equal(got, c.want) {
			t.Errorf("%s: %v", c.says, got)
		}
	}
}

// How far back a chart goes.
func TestHistory(t *testing.T) {
	for _, c := range []struct {
		says                    string
		age, interval, long, by time.Duration
	}{
		{"an hour at least", 5 * time.Minute, 15 * time.Second, time.Hour, 30 * time.Second},
		{"three times the age", time.Hour, time.Minute, 3 * time.Hour, 90 * time.Second},
		{"a day at most", 100 * time.Hour, time.Minute, 24 * time.Hour, 12 * time.Minute},
		{"less for a rule that is in a hurry", 10 * time.Second, 2 * time.Second, 10 * time.Minute, 5 * time.Second},
		{"a rule that is not known", 0, 0, time.Hour, 30 * time.Second},
		{"an age from the future", -time.Hour, time.Minute, time.Hour, 30 * time.Second},
	} {
		if long, by := history(c.age, c.interval); long != c.long || by != c.by {
			t.Errorf("%s: %v by %v", c.says, long, by)
		}
	}
}

// The axis begins where there are data, unless that is little to win.
func TestTrim(t *testing.T) {
	for _, c := range []struct {
		says        string
		first, fire int // minutes before the end
		from        int
	}{
		{"data all along", 60, 10, 60},
		{"data for most of it", 50, 10, 60},
		{"data for a while", 20, 10, 21},
		{"it fired before there were data", 20, 30, 31},
	} {
		d := Data{From: at.Add(-time.Hour), Until: at, Step: time.Minute}
		d.Series = []Series{{Times: []time.Time{at.Add(-time.Duration(c.first) * time.Minute), at}, Values: []float64{1, 1}}}
		d.Firing = []Interval{{rules.Warn, at.Add(-time.Duration(c.fire) * time.Minute), at}}
		d.trim()
		if got := at.Sub(d.From).Truncate(time.Minute); got != time.Duration(c.from)*time.Minute {
			t.Errorf("%s: from %v before the end", c.says, got)
		}
	}
}

// A narrowed expression returns its series as they are, and no other.
func TestNarrow(t *testing.T) {
	odd := labels.FromStrings("__name__", "latency", "job", `a"b\c$1 ${x}`+"\n\x01é👩", "route", "/x")
	store := promlocal.New(promlocal.Options{})
	series := []labels.Labels{route("/orders"), route("/pay"), route("/other"), odd, labels.FromStrings("__name__", "latency", "job", "api"), labels.FromStrings("__name__", "load")}
	for _, ls := range series {
		if err := store.Append(promlocal.Sample{Labels: ls, At: 1000, Value: 7}); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct {
		says, expr string
		want       []labels.Labels
		narrowed   bool
	}{
		{"one series", "latency # of all", series[:1], true},
		{"several", "latency", series[:2], true},
		{"any text in a value", "latency", series[3:4], true},
		{"labels that only some have", "latency", []labels.Labels{series[0], series[4]}, true},
		{"an operator that binds less", "latency or load", series[1:2], true},
		{"a series without labels", "load", series[5:], false},
		{"a scalar", "scalar(load)", []labels.Labels{labels.EmptyLabels()}, false},
	} {
		expr := narrow(c.expr, c.want)
		if (expr != c.expr) != c.narrowed {
			t.Errorf("%s: %s", c.says, expr)
		}
		m, err := store.Range(t.Context(), engine.RangeAsk{Expr: expr, From: 1000, Until: 2000, Step: time.Second})
		if err != nil {
			t.Errorf("%s: %s: %v", c.says, expr, err)
		}
		var got []string
		for _, p := range m.Series {
			ls, err := m.Parse(p.Raw)
			if err != nil {
				t.Error(err)
			}
			got = append(got, ls.String())
		}
		for _, ls := range c.want {
			if !slices.Contains(got, ls.String()) {
				t.Errorf("%s: %s is not in %v", c.says, ls, got)
			}
		}
		if len(got) != len(c.want) {
			t.Errorf("%s: %v", c.says, got)
		}
	}
	for says, ls := range map[string]labels.Labels{
		"a name of a later Prometheus": labels.FromStrings("a.b", "c"),
		"values without end":           labels.FromStrings("a", strings.Repeat("x", 5000)),
	} {
		if got := narrow("up", []labels.Labels{ls}); got != "up" {
			t.Errorf("%s: %s", says, got)
		}
	}
}

// Whatever goes wrong, there is no chart, in time, and no more than that.
func TestNoChart(t *testing.T) {
	for says, ask := range map[string]Range{
		"the source fails": func(context.Context, Query) ([]Found, error) { return nil, errors.New("down") },
		"the source hangs": func(ctx context.Context, _ Query) ([]Found, error) { <-ctx.Done(); return nil, ctx.Err() },
		"only NaN":         found(math.NaN(), route("/orders")),
		"points of other times": func(context.Context, Query) ([]Found, error) {
			return []Found{{route("/orders"), []model.Time{1, 2}, []float64{1, 2}}}, nil
		},
		"more times than values": func(context.Context, Query) ([]Found, error) {
			return []Found{{route("/orders"), []model.Time{1, 2}, nil}}, nil
		},
	} {
		synctest.Test(t, func(t *testing.T) {
			began := time.Now()
			_, _, ok := New(Options{Range: ask}).Chart(t.Context(), rendered(t, "first"))
			if took := time.Since(began); ok || took > budget {
				t.Errorf("%s: %v after %v", says, ok, took)
			}
		})
	}
}

// A retry shows the picture of the attempt before; a failure is asked again.
func TestRetry(t *testing.T) {
	asked := 0
	answer := func(ctx context.Context, q Query) ([]Found, error) {
		if asked++; asked == 1 {
			return nil, errors.New("down")
		}
		return found(float64(asked), route("/orders"))(ctx, q)
	}
	c := New(Options{Range: answer})
	m := rendered(t, "first")
	_, _, first := c.Chart(t.Context(), m)
	one, alt, _ := c.Chart(t.Context(), m)
	two, same, ok := c.Chart(t.Context(), m)
	if first || !ok || asked != 2 || !bytes.Equal(one, two) || alt != same {
		t.Errorf("%v, %v, asked %d times", first, ok, asked)
	}
	for i := range 2 * mostKept {
		c.remember(fmt.Sprint(i), picture{})
	}
	c.remember("", picture{})
	if len(c.kept) != mostKept || len(c.order) != mostKept {
		t.Errorf("%d pictures are kept", len(c.kept))
	}
}

// A source that hangs delays one message, and is asked again later.
func TestRest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		asked := 0
		c := New(Options{Range: func(ctx context.Context, q Query) ([]Found, error) {
			if asked++; asked == 1 {
				<-ctx.Done()
				return nil, ctx.Err()
			}
			return found(1, route("/orders"))(ctx, q)
		}})
		m := rendered(t, "first")
		for _, step := range []struct {
			says  string
			after time.Duration
			took  time.Duration
			ok    bool
		}{
			{"it hangs", 0, budget, false},
			{"it is left alone", 0, 0, false},
			{"for a while", rest - time.Second, 0, false},
			{"then it is asked again", 2 * time.Second, 0, true},
		} {
			time.Sleep(step.after)
			began := time.Now()
			_, _, ok := c.Chart(t.Context(), m)
			if took := time.Since(began); ok != step.ok || took != step.took {
				t.Errorf("%s: %v after %v", step.says, ok, took)
			}
		}
		if asked != 2 {
			t.Errorf("asked %d times", asked)
		}
	})
}

// In a storm few are drawn at once, and few within a while: the others go without,
// and nobody waits.
func TestStorm(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var mu sync.Mutex
		now, atWorst, drawn := 0, 0, 0
		c := New(Options{Range: func(ctx context.Context, q Query) ([]Found, error) {
			mu.Lock()
			now++
			atWorst = max(atWorst, now)
			mu.Unlock()
			time.Sleep(200 * time.Millisecond)
			mu.Lock()
			now--
			mu.Unlock()
			return found(1, route("/orders"))(ctx, q)
		}})
		storm := func(messages int) {
			var wg sync.WaitGroup
			for i := range messages {
				m := rendered(t, "first")
				m.ID = fmt.Sprint(time.Now().UnixNano(), i)
				wg.Go(func() {
					if _, _, ok := c.Chart(t.Context(), m); ok {
						mu.Lock()
						drawn++
						mu.Unlock()
					}
				})
			}
			wg.Wait()
		}
		began := time.Now()
		for range 10 {
			storm(20)
		}
		if atWorst != atOnce || drawn != most || time.Since(began) > 10*200*time.Millisecond {
			t.Errorf("%d at once, %d drawn, in %v", atWorst, drawn, time.Since(began))
		}
		time.Sleep(while)
		if storm(1); drawn != most+1 {
			t.Errorf("%d drawn, after a while", drawn)
		}
	})
}

// Series whose thresholds are others by an override have no place in the picture.
func TestOverride(t *testing.T) {
	r := latencyRule("")
	other := r.Levels
	other.Error = nil
	r.Overrides = []rules.Override{{Levels: other}}
	var err error
	if r.Overrides[0].Match, err = amlabels.ParseMatchers(`{route="/orders"}`); err != nil {
		t.Fatal(err)
	}
	c := New(Options{Range: found(0.4, route("/orders"), route("/pay")), Rule: func(string) *rules.Rule { return r }})
	_, alt, ok := c.Chart(t.Context(), rendered(t, "joined"))
	if want := "ApiLatencyP95: value 618 ms over error threshold 500 ms, last 1h: 400 ms"; !ok || alt != want {
		t.Errorf("%q, %v", alt, ok)
	}
	s, _ := c.subject(rendered(t, "joined"))
	if got, want := s.note(), "instance=api-0 job=api route=/pay, 1 of 2 alerts"; got != want {
		t.Errorf("note %q, want %q", got, want)
	}
}

// The worst come first: by level, then by how far beyond the threshold they are.
func TestWorse(t *testing.T) {
	q := func(v float64) message.Quantity { return message.Quantity{Float: v} }
	item := func(l rules.Level, s rules.Side, v, bound float64) message.Item {
		return message.Item{Level: l, Side: s, Value: q(v), Threshold: q(bound)}
	}
	for _, c := range []struct {
		says string
		a, b message.Item
	}{
		{"an error before a warning", item(rules.Error, rules.Above, 1, 1), item(rules.Warn, rules.Above, 9, 1)},
		{"higher above", item(rules.Warn, rules.Above, 3, 1), item(rules.Warn, rules.Above, 2, 1)},
		{"lower below", item(rules.Warn, rules.Below, 0, 5), item(rules.Warn, rules.Below, 4, 5)},
		{"further outside", item(rules.Warn, rules.Outside, 0, 5), item(rules.Warn, rules.Outside, 12, 10)},
		{"a number before none", item(rules.Warn, rules.Above, 2, 1), item(rules.Warn, rules.Above, math.NaN(), 1)},
	} {
		if worse(c.a, c.b) >= 0 || worse(c.b, c.a) <= 0 {
			t.Errorf("%s: not so", c.says)
		}
	}
}
