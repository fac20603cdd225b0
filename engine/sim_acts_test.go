package engine_test

import (
	"fmt"
	"maps"
	"slices"
	"time"

	amlabels "github.com/prometheus/alertmanager/pkg/labels"

	"tocsin/engine"
	"tocsin/evaluator"
	"tocsin/notifier"
	"tocsin/rules"
)

// act is what people do during a storm: up to three of them in one millisecond.
func (s *sim) act() error {
	if s.healthy() {
		return nil
	}
	for range 1 + s.rng.IntN(3) {
		if in := s.drawAct(); in != nil {
			s.log("%T %+v", in, in)
			s.later(0, in)
		}
	}
	return nil
}

func (s *sim) drawAct() engine.Input {
	switch s.rng.IntN(10) {
	case 0, 1, 2, 3:
		return engine.Silenced{Silence: s.drawSilence()}
	case 4:
		return engine.Unsilenced{ID: fmt.Sprint("s", s.rng.IntN(5))}
	case 5, 6, 7, 8:
		return s.drawAcks()
	}
	var ids []notifier.AlertID
	for key, a := range s.ledger.alerts {
		if _, ok := s.ledger.acks[key]; ok {
			ids = append(ids, notifier.AlertID{Rule: a.Rule, Instance: a.Instance})
		}
	}
	if len(ids) == 0 {
		return nil
	}
	slices.SortFunc(ids, func(a, b notifier.AlertID) int {
		return slices.Compare([]string{a.Rule, a.Instance}, []string{b.Rule, b.Instance})
	})
	return engine.Unacked{Alerts: ids[:1+s.rng.IntN(len(ids))]}
}

// drawSilence draws one of few ids, so that they replace each other.
func (s *sim) drawSilence() rules.Silence {
	n := s.rng.IntN(5)
	s.acts++
	x := rules.Silence{
		ID: fmt.Sprint("s", n), StartsAt: s.now, UpdatedAt: s.now.Add(time.Duration(s.acts) * time.Millisecond),
		UntilResolved: s.rng.IntN(3) == 0, CreatedBy: "ada", Comment: "simulated",
	}
	if s.rng.IntN(3) == 0 {
		x.StartsAt = s.now.Add(time.Duration(s.rng.IntN(300_000)) * time.Millisecond)
	}
	x.EndsAt = x.StartsAt.Add(time.Duration(1+s.rng.IntN(3_000_000)) * time.Millisecond)
	x.Matchers = [][]amlabels.Matchers{
		{equals("instance", "i0"), equals("instance", "i1"), matching(amlabels.MatchRegexp, "instance", "i[12]")},
		{equals("team", "web"), matching(amlabels.MatchNotEqual, "team", "web")},
		{equals("severity", "critical"), equals("severity", "warning")},
		{equals("alertname", "Alerta"), equals("job", "b"), matching(amlabels.MatchRegexp, "alertname", "Tocsin.*")},
	}[s.rng.IntN(4)][s.rng.IntN(2)]
	if s.rng.IntN(4) == 0 {
		x.Matchers = append(x.Matchers, equals("severity", []string{"critical", "warning"}[s.rng.IntN(2)])...)
	}
	return x
}

// drawAcks takes on some of what fires, or fired when a button was made.
func (s *sim) drawAcks() engine.Input {
	from := s.ledger.alerts
	if s.rng.IntN(8) == 0 {
		from = s.ledger.ended
	}
	keys := slices.Sorted(maps.Keys(from))
	if len(keys) == 0 {
		return nil
	}
	s.acts++
	var in engine.Acked
	for range 1 + s.rng.IntN(min(3, len(keys))) {
		a := from[keys[s.rng.IntN(len(keys))]]
		in.Acks = append(in.Acks, s.drawAck(a))
	}
	return in
}

func (s *sim) drawAck(a evaluator.Alert) rules.Ack {
	x := rules.Ack{
		Rule: a.Rule, Instance: a.Instance, Episode: a.Episode, Level: a.Notify,
		By: "ada", Comment: fmt.Sprint(s.acts), At: s.now,
	}
	if s.rng.IntN(4) == 0 {
		x.Level = []rules.Level{rules.Warn, rules.Error}[s.rng.IntN(2)]
	}
	if s.rng.IntN(3) == 0 {
		x.Until = s.now.Add(time.Duration(1+s.rng.IntN(1_800_000)) * time.Millisecond)
	}
	return x
}

// lift opens the gates of people by hand, and those of time and inhibition by a
// reload; integrations that were down work again.
func (s *sim) lift() error {
	s.outages = map[string]outage{}
	for _, id := range slices.Sorted(maps.Keys(s.ledger.silences)) {
		s.later(0, engine.Unsilenced{ID: id})
	}
	for _, key := range slices.Sorted(maps.Keys(s.ledger.acks)) {
		ack := s.ledger.acks[key]
		s.later(0, engine.Unacked{Alerts: []notifier.AlertID{{Rule: ack.Rule, Instance: ack.Instance}}})
	}
	s.gates &^= withMute | withInhibit
	s.log("all gates open")
	return s.reload()
}
