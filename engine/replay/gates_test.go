package replay_test

import (
	"maps"
	"slices"
	"testing"
	"time"

	amlabels "github.com/prometheus/alertmanager/pkg/labels"
	"github.com/prometheus/common/model"

	"tocsin/engine"
	"tocsin/evaluator"
	"tocsin/rules"
)

// addGates adds to a numbered configuration what keeps people from being told, and
// those who stand in.
func addGates(cfg *rules.Config, n int) {
	slack, pager := &cfg.Receivers[0], &cfg.Receivers[1]
	slack.Integrations[0].Threads = n%4 != 3
	slack.Budget = rules.Budget{Max: 2, Window: 10 * time.Minute}
	pager.Integrations[0].Incident = n%2 == 0
	pager.Fallback, pager.FallbackAfter = "boss", time.Minute
	cfg.Receivers = append(cfg.Receivers, rules.Receiver{Name: "boss", Integrations: []rules.Integration{
		{Key: "phone", Kind: "phone", Receiver: "boss", SendResolved: true, Timeout: 10 * time.Second},
	}})
	web, rest := cfg.Route.Routes[1], cfg.Route.Routes[2]
	web.MuteTimes = []*rules.Times{{Name: "a while", Intervals: []rules.Interval{{
		Ranges: []rules.MinuteRange{{Begin: 20, End: 35}, {Begin: 75, End: 80}}, Location: time.UTC,
	}}}}
	rest.Escalate = []rules.Escalation{{After: 4 * time.Minute, To: "boss", Level: rules.Error}}
	cfg.Inhibit = []rules.InhibitRule{{
		Source: equals("severity", "critical"), Target: equals("severity", "warning"), Equal: []string{"instance"},
	}}
}

func equals(name, value string) amlabels.Matchers {
	return amlabels.Matchers{{Type: amlabels.MatchEqual, Name: name, Value: value}}
}

// silence makes one that begins so long after the start.
func silence(id, name, value string, from, lasts time.Duration) engine.Input {
	start := model.TimeFromUnixNano(bubbleStart.UnixNano()).Add(from)
	return engine.Silenced{Silence: rules.Silence{
		ID: id, Matchers: equals(name, value), StartsAt: start, EndsAt: start.Add(lasts), UpdatedAt: start, CreatedBy: "ada", Comment: "why not",
	}}
}

// acknowledged is the scenario with its acknowledgements as events. Whom they are
// for is only known once the world has been that far.
func (sc scenario) acknowledged(t *testing.T) scenario {
	for _, at := range sc.acks {
		until := sc
		until.lasts = at
		firing := map[string]evaluator.Alert{}
		replayed(t, until, func(b engine.Batch) {
			for _, ch := range b.Changes {
				if key := ch.Alert.Rule + ch.Alert.Instance; ch.Alert.Notify == rules.OK {
					delete(firing, key)
				} else {
					firing[key] = *ch.Alert
				}
			}
		})
		sc.events = append(slices.Clone(sc.events), event{at: at, input: takeOn(firing, at)})
	}
	return sc
}

// takeOn acknowledges the first few of what fires, some of it for a time.
func takeOn(firing map[string]evaluator.Alert, at time.Duration) engine.Input {
	now := model.TimeFromUnixNano(bubbleStart.UnixNano()).Add(at)
	var in engine.Acked
	for i, key := range slices.Sorted(maps.Keys(firing)) {
		if a := firing[key]; i < 4 {
			ack := rules.Ack{Rule: a.Rule, Instance: a.Instance, Episode: a.Episode, Level: a.Notify, By: "ada", At: now}
			if i%2 == 1 {
				ack.Until = now.Add(15 * time.Minute)
			}
			in.Acks = append(in.Acks, ack)
		}
	}
	return in
}
