package convert_test

import (
	"slices"
	"testing"
	"time"

	"tocsin/convert"
	"tocsin/engine"
	"tocsin/engine/replay"
	"tocsin/evaluator"
)

// TestConvertWhileFiring: a daemon that reloads a converted file goes on with what
// fires of a rule that was converted by itself. Of a pair it is raised anew.
func TestConvertWhileFiring(t *testing.T) {
	before := group("interval: 1m", "{alert: One, expr: m > 1, for: 2m"+warning, "{alert: PairWarning, expr: n > 1"+warning, "{alert: PairCritical, expr: n > 2"+critical)
	result, _ := convert.Convert("r.yaml", []byte(before), options())
	w := &world{values: map[string][]float64{
		`m{i="a"}`: {3, 3, 3, 3, 3, 3, 3, 3, 3, 0, 0}, `n{i="a"}`: {3, 3, 3, 3, 3, 3, 3, 3, 3, 0, 0},
	}}
	var got []string
	err := replay.Run(t.Context(), replay.Options{
		Core: engine.New("n"), Start: w.at(0), End: w.at(11),
		Inputs: []replay.Scheduled{
			{At: w.at(0), Input: engine.Reloaded{Config: config(load(t, []byte(before)))}},
			{At: w.at(5), Input: engine.Reloaded{Config: config(load(t, result.After))}},
		},
		Sources: map[string]engine.Source{"default": w.source(t)},
		Observe: func(b engine.Batch) {
			for _, c := range b.Changes {
				got = append(got, minuteOf(c)+" "+c.Alert.Name+" "+c.Kind.String()+" "+string(c.Alert.Reason))
			}
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(got)
	want := []string{
		"0 PairCritical raise breached", "0 PairWarning raise breached",
		"2 One raise breached",
		"5 Pair raise breached", "5 PairCritical resolve rule_removed", "5 PairWarning resolve rule_removed",
		"9 One resolve recovered", "9 Pair resolve recovered",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got %q", got)
	}
}

func minuteOf(c evaluator.Change) string {
	return string(rune('0' + int(c.At.Sub(start)/time.Minute)))
}
