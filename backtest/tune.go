package backtest

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"
	"time"

	"tocsin/rules"
)

// A Variant is one choice of what a level of a rule asks.
type Variant struct {
	Threshold rules.Threshold
	For       time.Duration
	Votes     rules.Votes // in place of For, where the rule has them
}

// A Trial is a variant, and what it would have cost.
type Trial struct {
	Variant
	Current bool // it is what the rule says
	Result  *Result
}

// Rule is what the trial's rule would have done.
func (t *Trial) Rule() *RuleResult { return t.Result.Rules[0] }

// Flips are raises that people could have been spared, since the alert had only
// just been over.
func (t *Trial) Flips() int { return t.Rule().Refires + t.Rule().Flaps }

// Caught is how many of the incidents people would have been told of, and how long
// after their beginning on average.
func (t *Trial) Caught() (n int, after time.Duration) {
	for _, c := range t.Result.Incidents {
		if c.At != 0 {
			n++
			after += c.After()
		}
	}
	if n > 0 {
		after /= time.Duration(n)
	}
	return n, after
}

// A Tuning is a level of a rule that is to be tuned.
type Tuning struct {
	Rule      *rules.Rule
	Level     rules.Level
	Variants  []Variant
	Incidents []rules.Incident // that the rule must catch; may be empty
}

// Tune lives through the period with each variant of one level of a rule, side by
// side over the same pages. The rule is alone: who else would have been told in the
// same message, or have inhibited it, is not looked at.
func Tune(ctx context.Context, o Options, t Tuning) ([]*Trial, error) {
	var all []Options
	for i, v := range t.Variants {
		x := o
		x.Config = vary(o.Config, t.Rule, t.Level, v)
		if i > 0 {
			x.Progress = nil
		}
		all = append(all, x)
	}
	results, err := walk(ctx, o.Pages, []*rules.Rule{t.Rule}, all...)
	if err != nil {
		return nil, err
	}
	now := VariantOf(t.Rule, t.Level)
	var trials []*Trial
	for i, r := range results {
		r.Judge(t.Incidents)
		trials = append(trials, &Trial{Variant: t.Variants[i], Current: t.Variants[i] == now, Result: r})
	}
	return trials, nil
}

// VariantOf is what a rule says of a level.
func VariantOf(rule *rules.Rule, level rules.Level) Variant {
	l := rule.Levels.At(level)
	return Variant{Threshold: l.Threshold, For: l.For, Votes: l.Votes}
}

// Variants returns the choices that are worth a look, given what the series of a
// rule did: thresholds that were passed more and less often than the present one,
// gaps to clear, delays. Those that contradict the other level are left out.
func Variants(rule *rules.Rule, level rules.Level, chart Chart) []Variant {
	now := VariantOf(rule, level)
	delays := delays(rule, now)
	seen := map[Variant]bool{}
	var all []Variant
	add := func(v Variant) {
		if !seen[v] && Fits(rule, level, v) {
			seen[v] = true
			all = append(all, v)
		}
	}
	seen[now], all = true, append(all, now)                       // whatever it is
	for _, gap := range []float64{0, 0.05, 0.1, 0.15, 0.2, 0.3} { // fine, where the rule is
		for _, d := range delays {
			add(d.with(Gap(now.Threshold, gap)))
		}
	}
	for _, t := range thresholds(now.Threshold, chart) { // coarse, elsewhere
		for _, gap := range []float64{0, 0.1, 0.25} {
			for _, d := range delays[:min(len(delays), 4)] {
				add(d.with(Gap(t, gap)))
			}
		}
	}
	return all
}

func (v Variant) with(t rules.Threshold) Variant {
	v.Threshold = t
	return v
}

// delays are those of the rule, none, and some whole numbers of its interval.
func delays(rule *rules.Rule, now Variant) []Variant {
	all := []Variant{now}
	for _, d := range []time.Duration{0, time.Minute, 2 * time.Minute, 5 * time.Minute, 10 * time.Minute, 15 * time.Minute, 30 * time.Minute} {
		if d == 0 || rule.Interval == 0 || d%rule.Interval == 0 {
			all = append(all, Variant{For: d})
		}
	}
	return all
}

// Gap is a threshold with its clear value so far on the calm side of it, as a share
// of the threshold.
func Gap(t rules.Threshold, share float64) rules.Threshold {
	t.ClearHigh = nice(t.High-share*math.Abs(t.High), 3)
	t.ClearLow = nice(t.Low+share*math.Abs(t.Low), 3)
	switch t.Side {
	case rules.Above:
		t.ClearLow = 0
	case rules.Below:
		t.ClearHigh = 0
	case rules.Outside, rules.Present:
	}
	if share == 0 {
		t.ClearHigh, t.ClearLow = t.High, t.Low
	}
	return t
}

// Moved is a threshold with one bound at another value, and its clear value as far
// from it as it was, as a share of the bound.
func Moved(t rules.Threshold, to float64) rules.Threshold {
	from, calm := t.High, t.ClearHigh
	if t.Side == rules.Below {
		from, calm = t.Low, t.ClearLow
	}
	share := 0.0
	if from != 0 {
		share = math.Abs((from - calm) / from)
	}
	if t.Side == rules.Below {
		return Gap(rules.Threshold{Side: t.Side, Low: to}, share)
	}
	return Gap(rules.Threshold{Side: t.Side, High: to}, share)
}

// thresholds are bounds that the series passed in half, a quarter, … of the buckets
// of the chart.
func thresholds(now rules.Threshold, chart Chart) []rules.Threshold {
	values := slices.DeleteFunc(slices.Clone(chart.High), math.IsNaN)
	if now.Side == rules.Below {
		values = slices.DeleteFunc(slices.Clone(chart.Low), math.IsNaN)
	}
	if len(values) == 0 || now.Side == rules.Outside {
		return nil
	}
	slices.Sort(values)
	if now.Side == rules.Below {
		slices.Reverse(values)
	}
	var all []rules.Threshold
	for _, q := range []float64{0.5, 0.75, 0.9, 0.95, 0.99} {
		v := nice(values[int(q*float64(len(values)-1))], 2)
		t := rules.Threshold{Side: now.Side}
		if now.Side == rules.Below {
			t.Low = v
		} else {
			t.High = v
		}
		all = append(all, t)
	}
	return all
}

// nice rounds to so many digits that mean something.
func nice(v float64, digits int) float64 {
	if v == 0 || math.IsInf(v, 0) {
		return v
	}
	power := float64(digits) - math.Ceil(math.Log10(math.Abs(v)))
	if power < 0 {
		by := math.Pow(10, -power)
		return math.Round(v/by) * by
	}
	by := math.Pow(10, power)
	return math.Round(v*by) / by
}

// An Advice is what a trial is recommended for.
type Advice struct {
	Trial *Trial
	Why   string
}

// Recommend returns what speaks for which trial. With incidents it is the one that
// catches the most of them with the fewest notifications; for a noisy rule the
// smallest gap to clear, and the shortest delay, that would have spared people 80 %
// of its flips.
func Recommend(trials []*Trial) []Advice {
	var now *Trial
	for _, t := range trials {
		if t.Current {
			now = t
		}
	}
	var all []Advice
	if best := catching(trials, now); best != nil {
		n, _ := best.Caught()
		all = append(all, Advice{best, fmt.Sprintf("catches %d of %d incidents with the fewest notifications", n, len(best.Result.Incidents))})
	}
	if now == nil || now.Flips() < noisy {
		return all
	}
	for _, kind := range []struct {
		why   string
		same  func(*Trial) bool
		least func(a, b *Trial) int
	}{
		{"the smallest gap to clear that spares 80 % of the flips", func(t *Trial) bool { return t.For == now.For && t.Votes == now.Votes }, byGap},
		{"the shortest for that spares 80 % of the flips", func(t *Trial) bool {
			return t.Threshold == now.Threshold && t.Votes == rules.Votes{} && t.For > now.For
		}, byFor},
	} {
		var fit []*Trial
		for _, t := range trials {
			if sameBound(t.Threshold, now.Threshold) && kind.same(t) && 5*t.Flips() <= now.Flips() {
				fit = append(fit, t)
			}
		}
		if len(fit) > 0 {
			all = append(all, Advice{slices.MinFunc(fit, kind.least), kind.why})
		}
	}
	return all
}

// noisy is from how many flips on a rule is worth calming down.
const noisy = 3

func sameBound(a, b rules.Threshold) bool { return a.High == b.High && a.Low == b.Low }

func byGap(a, b *Trial) int { return cmp.Compare(gapOf(a.Threshold), gapOf(b.Threshold)) }

func gapOf(t rules.Threshold) float64 {
	return math.Abs(t.High-t.ClearHigh) + math.Abs(t.Low-t.ClearLow)
}

func byFor(a, b *Trial) int { return cmp.Compare(a.For, b.For) }

// catching is the trial that catches the most incidents; of those the one with the
// fewest notifications, then the quickest, then the present one.
func catching(trials []*Trial, now *Trial) *Trial {
	if len(trials) == 0 || len(trials[0].Result.Incidents) == 0 {
		return nil
	}
	best := slices.MinFunc(trials, func(a, b *Trial) int {
		caughtA, afterA := a.Caught()
		caughtB, afterB := b.Caught()
		return cmp.Or(
			cmp.Compare(caughtB, caughtA),
			cmp.Compare(a.Rule().Notifications, b.Rule().Notifications),
			cmp.Compare(afterA, afterB),
			cmp.Compare(distance(a, now), distance(b, now)),
		)
	})
	if n, _ := best.Caught(); n == 0 {
		return nil
	}
	return best
}

func distance(t, now *Trial) int {
	if t == now {
		return 0
	}
	return 1
}
