package evaluator_test

import (
	"encoding/json"
	"strings"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"

	"tocsin/evaluator"
	"tocsin/rules"
)

// parse reads a raw series of the tests: name=value pairs with commas between;
// order and blanks are a matter of spelling.
func parse(raw string) (labels.Labels, error) {
	b := labels.NewBuilder(labels.EmptyLabels())
	for pair := range strings.SplitSeq(raw, ",") {
		if name, value, ok := strings.Cut(strings.TrimSpace(pair), "="); ok {
			b.Set(name, value)
		}
	}
	return b.Labels(), nil
}

func above(high, back float64) *rules.LevelRule {
	return &rules.LevelRule{Threshold: rules.Threshold{Side: rules.Above, High: high, ClearHigh: back}}
}

// thresholdRule is a rule as a file would make it: with the defaults filled in.
func thresholdRule(warn, bad *rules.LevelRule) *rules.Rule {
	return &rules.Rule{
		Key: "g/Hot", Alert: "Hot", Group: "g", Expr: "temp", Interval: time.Minute,
		Kind:   rules.ThresholdRule,
		Levels: rules.Levels{Warn: warn, Error: bad},
		Absent: rules.Absent{After: 5 * time.Minute},
		NoData: rules.NoData{After: 10 * time.Minute, Then: rules.ThenWarn},
		Flap:   rules.Flap{Raises: 4, Within: time.Hour},
	}
}

// saveRows takes the rows of a machine to a store, as JSON.
func saveRows(t interface{ Fatal(...any) }, m *evaluator.Machine, store map[string][]byte) {
	m.Rows(func(r rules.Row) { storeRow(t, store, r) })
}

func storeRow(t interface{ Fatal(...any) }, store map[string][]byte, r rules.Row) {
	key := r.Kind + " " + r.Key
	if r.Value == nil {
		delete(store, key)
		return
	}
	b, err := json.Marshal(r.Value)
	if err != nil {
		t.Fatal(err)
	}
	store[key] = b
}

// good is a whole answer.
func good(at model.Time, samples ...evaluator.Sample) evaluator.Observation {
	return evaluator.Observation{
		At: at, Interval: time.Minute, Room: 1 << 20,
		Answer: evaluator.Answer{Outcome: evaluator.Good, Samples: samples, Parse: parse},
	}
}
