package past

import (
	"math"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/common/model"
	"pgregory.net/rapid"

	"tocsin/backtest"
	"tocsin/rules"
)

func of(days float64, receivers ...backtest.ReceiverDifference) *backtest.Difference {
	r := &backtest.Result{Until: model.Time(days * 24 * 3600 * 1000)}
	return &backtest.Difference{Base: r, Head: r, Receivers: receivers}
}

// The first line says what people would feel, in the units that they think in.
func TestHeadline(t *testing.T) {
	web := func(was, is int) backtest.ReceiverDifference {
		return backtest.ReceiverDifference{Name: "#web", Was: was, Is: is}
	}
	gone := backtest.RuleDifference{Was: drawn("a:#.#.")}
	fresh := backtest.RuleDifference{Is: drawn("a:#...")}
	for _, c := range []struct {
		why   string
		d     *backtest.Difference
		rules []backtest.RuleDifference
		want  string
	}{
		{"a week is a week", of(7, web(10, 24)), nil, "+14 notifications a week in #web"},
		{"with incidents", of(7, web(10, 24)), []backtest.RuleDifference{gone, fresh}, "+14 notifications a week in #web, +1 new incident, −2 incidents that you had"},
		{"two weeks are halved", of(14, web(10, 15)), nil, "+2.5 notifications a week in #web"},
		{"a day is no week", of(1, web(3, 1)), nil, "−2 notifications in 1d in #web"},
		{"one is no plural", of(7, web(1, 0)), nil, "−1 notification a week in #web"},
		{"who is told the same is not named", of(7, web(5, 5), backtest.ReceiverDifference{Name: "ops", Is: 3}), nil, "+3 notifications a week to ops"},
		{"rules without receivers tell nobody", of(7, backtest.ReceiverDifference{Name: "nobody", Is: 3}), nil, "+3 notifications a week"},
		{
			"the largest change first, and not all", of(7, web(0, 1), backtest.ReceiverDifference{Name: "b", Is: 9}, backtest.ReceiverDifference{Name: "c", Was: 5}, backtest.ReceiverDifference{Name: "d", Is: 2}), nil,
			"+9 notifications a week to b, −5 to c, +2 to d, changes for 1 more receiver",
		},
		{"nothing", of(7, web(5, 5)), nil, "no difference: the same notifications and incidents"},
		{"an edit without effect", of(7), []backtest.RuleDifference{{Was: drawn("a:#"), Is: drawn("a:#"), Edited: true}}, "the same notifications and incidents, though 1 rule is edited"},
	} {
		c.d.Rules = c.rules
		if got := headlineOf(c.d, impact(c.d), clean); got != c.want {
			t.Errorf("%s: %q, want %q", c.why, got, c.want)
		}
	}
}

// Ticks are round times on the clock of the zone, also on days of 23 and 25 hours.
func TestTicks(t *testing.T) {
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ from, until, want string }{
		{"2026-10-19T00:00:00Z", "2026-10-26T00:00:00Z", "Tue 20 Wed 21 Thu 22 Fri 23 Sat 24 Sun 25 Mon 26"},
		{"2026-10-24T22:00:00Z", "2026-10-25T23:00:00Z", "Sun 25 06:00 12:00 18:00"},
		{"2026-03-28T23:00:00Z", "2026-03-29T22:00:00Z", "Sun 29 03:00 06:00 09:00 12:00 15:00 18:00"},
		{"2026-10-19T10:02:00Z", "2026-10-19T10:20:00Z", "12:05 12:10 12:15"},
		{"2026-01-01T00:00:00Z", "2026-03-20T00:00:00Z", "15 Jan 29 Jan 12 Feb 26 Feb 12 Mar"},
		{"2026-10-19T10:00:00Z", "2026-10-19T10:00:00Z", ""},
	} {
		o := Options{Zone: berlin}
		var names []string
		last := -1.0
		for _, x := range o.ticks(parse(t, c.from), parse(t, c.until), 7) {
			if x.at < 0 || x.at >= 1 || x.at <= last {
				t.Errorf("%s: %s is at %v", c.from, x.name, x.at)
			}
			last = x.at
			names = append(names, x.name)
		}
		if got := strings.Join(names, " "); got != c.want {
			t.Errorf("%s: %q, want %q", c.from, got, c.want)
		}
	}
}

func parse(t *testing.T, s string) model.Time {
	t.Helper()
	at, err := time.Parse(time.RFC3339, s)
	if err != nil {
		t.Fatal(err)
	}
	return model.TimeFromUnixNano(at.UnixNano())
}

// The worst value of each bucket is in some column, whatever the number of columns,
// and nothing that the chart doesn't have.
func TestEnvelopeLosesNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := backtest.Chart{Step: time.Minute}
		for range rapid.IntRange(1, 60).Draw(t, "buckets") {
			v := rapid.Float64Range(-10, 10).Draw(t, "v")
			c.Low, c.High = append(c.Low, v-1), append(c.High, v)
		}
		until := model.Time(0).Add(time.Duration(len(c.Low)) * time.Minute)
		low, high := envelope(c, 0, until, rapid.IntRange(1, 200).Draw(t, "columns"))
		for i := range high {
			if math.IsNaN(high[i]) || math.IsNaN(low[i]) {
				t.Fatalf("column %d has no value", i)
			}
		}
		if most(c.High, 1) != most(high, 1) || most(c.Low, -1) != most(low, -1) {
			t.Fatalf("%v became %v", c.High, high)
		}
	})
}

// most is the largest value, or with a sign of -1 the lowest.
func most(all []float64, sign float64) float64 {
	out := math.Inf(-1)
	for _, v := range all {
		out = math.Max(out, v*sign)
	}
	return out
}

// What fires for a moment is seen, however long the period is.
func TestShortFiringIsSeen(t *testing.T) {
	e := &backtest.Episode{Spans: []backtest.Span{{Level: rules.Error, From: 1000, Until: 1001}}}
	for _, n := range []int{1, 7, 60, 480} {
		seen := 0
		for _, l := range levels([]*backtest.Episode{e}, 0, minutes(60*24*365), n) {
			if l == rules.Error {
				seen++
			}
		}
		if seen != 1 {
			t.Errorf("of %d columns %d fire", n, seen)
		}
	}
}

// Numbers are written as people read them.
func TestNumbers(t *testing.T) {
	for want, got := range map[string]string{
		"12,345": thousands(12345), "−1,000": thousands(-1000), "999": thousands(999), "+3": signed(3), "−3": signed(-3), "±0": signed(0),
		"2.7": rate(19, 7), "14": rate(98, 7), "1 rule": count(1, "rule"), "1,200 rules": count(1200, "rule"), "–": lasting(0), "4h 50m": lasting(290 * time.Minute),
	} {
		if got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
