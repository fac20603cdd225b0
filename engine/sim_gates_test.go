package engine_test

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"

	"tocsin/engine"
	"tocsin/evaluator"
	"tocsin/notifier"
	"tocsin/rules"
)

// A book is what the world knows of alerts and of what people did to them. Its
// maps are never written to once made, so that a copy is a memory.
type book struct {
	alerts   map[string]evaluator.Alert // those that fire, by alertKey
	ended    map[string]evaluator.Alert // those that are over, as they last fired
	silences map[string]rules.Silence
	acks     map[string]rules.Ack
	raises   map[string]raise // the last one of each that fires
}

// A raise is when people should have known of a level that was higher than the one
// before it.
type raise struct {
	at      model.Time
	level   rules.Level
	episode string
}

// A ledger is a book of now, and of what would be left of it after a death.
type ledger struct {
	book
	kept    book
	pending []page
	lapsed  map[string]model.Time // when the time of an acknowledgement was over last, by alertKey
}

type page struct {
	seq uint64
	book
}

func newLedger() *ledger { return &ledger{lapsed: map[string]model.Time{}} }

// wrote remembers the book as a batch leaves it.
func (l *ledger) wrote(seq uint64) { l.pending = append(l.pending, page{seq, l.book}) }

// commit is called when all up to a batch is durable.
func (l *ledger) commit(durable uint64) {
	for len(l.pending) > 0 && l.pending[0].seq <= durable {
		l.kept, l.pending = l.pending[0].book, l.pending[1:]
	}
}

// die goes back to what is durable.
func (l *ledger) die() { l.book, l.pending = l.kept, nil }

func with[V any](m map[string]V, key string, v V) map[string]V {
	m = maps.Clone(m)
	if m == nil {
		m = map[string]V{}
	}
	m[key] = v
	return m
}

func without[V any](m map[string]V, key string) map[string]V {
	m = maps.Clone(m)
	delete(m, key)
	return m
}

// did takes in what people did, before the core hears of it.
func (b *book) did(in engine.Input, at model.Time) {
	switch in := in.(type) {
	case engine.Silenced:
		b.silences = with(b.silences, in.ID, in.Silence)
	case engine.Unsilenced:
		b.expire(in.ID, at)
	case engine.Acked:
		for _, ack := range in.Acks {
			key := ack.Rule + "|" + ack.Instance
			if a, fires := b.alerts[key]; fires && a.Episode == ack.Episode && (ack.Until == 0 || ack.Until > at) {
				b.acks = with(b.acks, key, ack)
			}
		}
	case engine.Unacked:
		for _, id := range in.Alerts {
			b.acks = without(b.acks, id.Rule+"|"+id.Instance)
		}
	}
}

func (b *book) expire(id string, at model.Time) {
	s, ok := b.silences[id]
	if !ok || at >= s.EndsAt {
		return
	}
	s.EndsAt, s.StartsAt = at, min(s.StartsAt, at)
	b.silences = with(b.silences, id, s)
}

// change takes in a change of an alert: it ends its acknowledgement with its
// episode, and silences that were to last until nothing fires any more.
func (b *book) change(cfg *rules.Config, a evaluator.Alert, at model.Time) {
	key := alertKey(a)
	before, fired := b.alerts[key]
	last := b.raises[key]
	if last.episode != a.Episode || a.Notify > last.level {
		last.at = min(a.LevelSince, at)
	}
	b.raises = with(b.raises, key, raise{last.at, a.Notify, a.Episode})
	if a.Notify != rules.OK {
		b.alerts = with(b.alerts, key, a)
	} else {
		b.alerts = without(b.alerts, key)
		if fired {
			b.ended = with(b.ended, key, before)
		}
	}
	if ack, ok := b.acks[key]; ok && (a.Notify == rules.OK || ack.Episode != a.Episode) {
		b.acks = without(b.acks, key)
	}
	if !fired {
		return
	}
	for id, s := range b.silences {
		if s.UntilResolved && b.inForce(s, at) && rules.Matches(s.Matchers, labelsAt(cfg, before, before.Notify)) && !b.anyMatches(cfg, s) {
			b.expire(id, at)
		}
	}
}

func (b *book) anyMatches(cfg *rules.Config, s rules.Silence) bool {
	for _, a := range b.alerts {
		if rules.Matches(s.Matchers, labelsAt(cfg, a, a.Notify)) {
			return true
		}
	}
	return false
}

func (b *book) inForce(s rules.Silence, at model.Time) bool { return at >= s.StartsAt && at < s.EndsAt }

// look takes in which alerts fire, as the rules now say. At which level others were
// last is forgotten.
func (b *book) look(core *engine.Core) {
	b.ended = nil
	b.alerts = map[string]evaluator.Alert{}
	core.Alerts(func(a evaluator.Alert) { b.alerts[alertKey(a)] = a })
}

// labelsAt are the labels that people see of an alert at a level.
func labelsAt(cfg *rules.Config, a evaluator.Alert, l rules.Level) labels.Labels {
	b := labels.NewBuilder(a.Labels)
	if a.Labels.Get(labels.AlertName) == "" {
		b.Set(labels.AlertName, a.Name)
	}
	if b.Set("severity", cfg.Severity.Of(l)); a.FixedSeverity != "" {
		b.Set("severity", a.FixedSeverity)
	}
	cfg.ExternalLabels.Range(func(x labels.Label) {
		if a.Labels.Get(x.Name) == "" {
			b.Set(x.Name, x.Value)
		}
	})
	return b.Labels()
}

// levelsOf are the levels that an alert has reached, and at which it is routed.
func levelsOf(a evaluator.Alert) (all []rules.Level) {
	for l := rules.Warn; l <= a.Notify; l++ {
		if l == a.Notify || a.Has&(1<<l) != 0 {
			all = append(all, l)
		}
	}
	return all
}

// silencedBy says which silence in force matches labels, or "".
func (b *book) silencedBy(ls labels.Labels, at model.Time) string {
	for _, id := range slices.Sorted(maps.Keys(b.silences)) {
		if s := b.silences[id]; b.inForce(s, at) && rules.Matches(s.Matchers, ls) {
			return "silence " + id
		}
	}
	return ""
}

// inhibitedBy says which alert inhibits another with these labels, or "".
func (b *book) inhibitedBy(cfg *rules.Config, key string, ls labels.Labels) string {
	for _, w := range cfg.Inhibit {
		if !rules.Matches(w.Target, ls) {
			continue
		}
		both := rules.Matches(w.Source, ls)
		for other, a := range b.alerts {
			if other != key && inhibits(cfg, w, a, ls, both) {
				return "inhibition by " + other
			}
		}
	}
	return ""
}

// inhibits reports whether an alert stands over labels at any level that it has
// reached; over what is on both sides of the rule stands no other such.
func inhibits(cfg *rules.Config, w rules.InhibitRule, a evaluator.Alert, target labels.Labels, both bool) bool {
	for _, l := range levelsOf(a) {
		ls := labelsAt(cfg, a, l)
		if !rules.Matches(w.Source, ls) || both && rules.Matches(w.Target, ls) {
			continue
		}
		if !slices.ContainsFunc(w.Equal, func(name string) bool { return ls.Get(name) != target.Get(name) }) {
			return true
		}
	}
	return false
}

// mutes says what keeps everything of an alert with these labels from being told.
func (b *book) mutes(cfg *rules.Config, key string, ls labels.Labels, at model.Time) string {
	if why := b.silencedBy(ls, at); why != "" {
		return why
	}
	return b.inhibitedBy(cfg, key, ls)
}

// acked reports whether somebody has taken an alert on at its level.
func (b *book) acked(a evaluator.Alert, at model.Time) bool {
	ack, ok := b.acks[alertKey(a)]
	return ok && ack.Episode == a.Episode && a.Notify <= ack.Level && (ack.Until == 0 || at < ack.Until)
}

// lapse forgets acknowledgements whose time is over: they do not come back with
// the wall clock.
func (l *ledger) lapse(at model.Time) {
	for _, b := range append([]*book{&l.book, &l.kept}, pagesOf(l.pending)...) {
		for key, ack := range b.acks {
			if ack.Until != 0 && at >= ack.Until {
				b.acks = without(b.acks, key)
				l.lapsed[key] = at
			}
		}
	}
}

// shift moves what counts from a raise with the wall clock.
func (l *ledger) shift(by time.Duration) {
	for _, b := range append([]*book{&l.book, &l.kept}, pagesOf(l.pending)...) {
		shifted := map[string]raise{}
		for key, r := range b.raises {
			shifted[key] = raise{r.at.Add(by), r.level, r.episode}
		}
		b.raises = shifted
	}
	for key, at := range l.lapsed {
		l.lapsed[key] = at.Add(by)
	}
}

func pagesOf(pages []page) (all []*book) {
	for i := range pages {
		all = append(all, &pages[i].book)
	}
	return all
}

// routeMuted reports whether a time interval keeps a route silent.
func routeMuted(cfg *rules.Config, route string, at model.Time) bool {
	r := routeOf(cfg, route)
	if r == nil || len(r.MuteTimes)+len(r.ActiveTimes) == 0 {
		return false
	}
	minutes, active := minutesOf(route)
	now := at.Time().UTC().Minute()
	within := slices.ContainsFunc(minutes, func(m [2]int) bool { return now >= m[0] && now < m[1] })
	return within != active
}

// routeOf finds a route by its id; nil if the configuration has none.
func routeOf(cfg *rules.Config, id string) *rules.Route {
	all := append([]*rules.Route{cfg.Route}, cfg.Route.Routes...)
	if i := slices.IndexFunc(all, func(r *rules.Route) bool { return r.ID == id }); i >= 0 {
		return all[i]
	}
	return nil
}

// checkGatesKept holds a core that has just started against what was durable: an
// accepted silence or acknowledgement survives.
func (s *sim) checkGatesKept() error {
	has := map[string]rules.Silence{}
	s.core.Silences(func(x notifier.SilenceStatus) { has[x.ID] = x.Silence })
	for id, want := range s.ledger.silences {
		got, ok := has[id]
		if s.now < want.EndsAt && (!ok || got.EndsAt != want.EndsAt || got.StartsAt != want.StartsAt || got.Matchers.String() != want.Matchers.String()) {
			return fmt.Errorf("silence %s did not survive: %+v, %+v", id, want, got)
		}
	}
	acks := map[string]*rules.Ack{}
	s.core.AlertViews(func(v notifier.AlertView) { acks[alertKey(v.Alert)] = v.Ack })
	for key, want := range s.ledger.acks {
		if got := acks[key]; (want.Until == 0 || s.now < want.Until) && (got == nil || *got != want) {
			return fmt.Errorf("the acknowledgement of %s did not survive: %+v, %+v", key, want, got)
		}
	}
	return nil
}
