package backtest_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"tocsin/backtest"
	"tocsin/rules"
	"tocsin/rules/file"
)

// flapping is a load that goes up and down around 80 every few minutes from 06:00 to
// 10:00, is 150 from 12:00 to 12:30, and calm else.
func flapping() string {
	var b strings.Builder
	b.WriteString(`load{host="a"}`)
	for minute := range 25 * 60 {
		v := 10
		switch m := minute - 60; {
		case m >= 12*60 && m < 12*60+30:
			v = 150
		case m >= 6*60 && m < 10*60 && m/7%2 == 0:
			v = 82
		case m >= 6*60 && m < 10*60:
			v = 77
		}
		fmt.Fprintf(&b, " %d", v)
	}
	return b.String()
}

func tuned(t *testing.T, incidents string) []*backtest.Trial {
	t.Helper()
	cfg := loaded(t, `
groups:
  - name: hosts
    interval: 1m
    rules: [{alert: Load, expr: load, warn: {above: 80, for: 2m}, error: {above: 140}, flap: off}]
`)
	o := options(load(t, flapping()), cfg)[0]
	r := run(t, o)
	o = options(load(t, flapping()), cfg)[0]
	all, problems := file.LoadIncidents(file.Memory{"i": "incidents: [" + incidents + "]"}, "i")
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	trials, err := backtest.Tune(t.Context(), o, backtest.Tuning{
		Rule: cfg.Rules[0], Level: rules.Warn, Incidents: all,
		Variants: backtest.Variants(cfg.Rules[0], rules.Warn, r.Rules[0].Chart),
	})
	if err != nil {
		t.Fatal(err)
	}
	return trials
}

func advised(trials []*backtest.Trial) (out []string) {
	for _, a := range backtest.Recommend(trials) {
		l := rules.LevelRule{Threshold: a.Trial.Threshold, For: a.Trial.For}
		out = append(out, file.WriteLevel(l, rules.NoUnit)+" "+a.Why)
	}
	return out
}

func TestTuneCalmsWhatFlips(t *testing.T) {
	trials := tuned(t, "")
	if i := slices.IndexFunc(trials, func(x *backtest.Trial) bool { return x.Current }); i < 0 || trials[i].Flips() < 10 {
		t.Fatal("the rule as it is does not flip")
	}
	got := advised(trials)
	want := []string{
		"{above: 80, clear: 76, for: 2m} the smallest gap to clear that spares 80 % of the flips",
		"{above: 80, for: 10m} the shortest for that spares 80 % of the flips",
	}
	if !slices.Equal(got, want) {
		t.Errorf("advice %q, want %q", got, want)
	}
}

// Of the choices that tell of an incident those with the fewest messages win; what
// does not reach it is out.
func TestTuneCatchesIncidents(t *testing.T) {
	trials := tuned(t, "{from: 2026-03-02T12:00:00Z, until: 2026-03-02T12:30:00Z, alerts: [Load], level: warn, within: 10m}")
	best := backtest.Recommend(trials)[0]
	n, after := best.Trial.Caught()
	if n != 1 || after > 10*time.Minute || !strings.Contains(best.Why, "1 of 1") {
		t.Errorf("%d caught after %s: %s", n, after, best.Why)
	}
	for _, x := range trials {
		if c, _ := x.Caught(); c == 1 && x.Rule().Notifications < best.Trial.Rule().Notifications {
			t.Errorf("%+v has fewer notifications than %+v", x.Variant, best.Trial.Variant)
		}
		if x.For == 30*time.Minute && x.Threshold.High > 100 {
			if c, _ := x.Caught(); c != 0 {
				t.Errorf("%+v catches what it can't", x.Variant)
			}
		}
	}
}

func TestVariantsAgreeWithTheOtherLevel(t *testing.T) {
	for _, x := range tuned(t, "") {
		if h := x.Threshold; h.High > 140 || h.ClearHigh > h.High {
			t.Errorf("%+v beside error above 140", h)
		}
	}
}

func TestMovedThresholdsKeepTheirGap(t *testing.T) {
	for _, x := range []struct {
		was  rules.Threshold
		to   float64
		want rules.Threshold
	}{
		{rules.Threshold{Side: rules.Above, High: 50, ClearHigh: 40}, 100, rules.Threshold{Side: rules.Above, High: 100, ClearHigh: 80}},
		{rules.Threshold{Side: rules.Above, High: 50, ClearHigh: 50}, 100, rules.Threshold{Side: rules.Above, High: 100, ClearHigh: 100}},
		{rules.Threshold{Side: rules.Above, High: -50, ClearHigh: -60}, -100, rules.Threshold{Side: rules.Above, High: -100, ClearHigh: -120}},
		{rules.Threshold{Side: rules.Above, High: 0, ClearHigh: -1}, 10, rules.Threshold{Side: rules.Above, High: 10, ClearHigh: 10}}, // no share of nothing
		{rules.Threshold{Side: rules.Below, Low: 10, ClearLow: 15}, 20, rules.Threshold{Side: rules.Below, Low: 20, ClearLow: 30}},
	} {
		if got := backtest.Moved(x.was, x.to); got != x.want {
			t.Errorf("%+v to %g: %+v", x.was, x.to, got)
		}
	}
}
