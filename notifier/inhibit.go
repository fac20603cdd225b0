package notifier

import (
	"slices"
	"strings"

	"github.com/prometheus/prometheus/model/labels"

	"tocsin/rules"
)

// A watch is an inhibit rule at work.
type watch struct {
	*rules.InhibitRule
	sets map[string]*pairing // by the values of its equal labels
	// feeders are the alerting rules that may bring forth a source, as far as their
	// text tells.
	feeders []string
}

// A pairing is the alerts on both sides of an inhibit rule whose equal labels
// agree. Each target is marked if it stands on the other side too.
type pairing struct {
	targets map[string]bool
	all     []string // sources, sorted
	pure    []string // those of them that stand on one side only
}

// A spot is a place of an alert in a pairing.
type spot struct {
	watch int
	set   string
	both  bool
}

// over returns what inhibits a target, or "": the first that there is, so that it
// hangs on nothing that has been. Nothing inhibits itself, and what stands on both
// sides is not inhibited by its like.
func (s *pairing) over(key string, both bool) string {
	sources := s.all
	if both {
		sources = s.pure
	}
	if len(sources) > 0 && sources[0] == key {
		sources = sources[1:]
	}
	if len(sources) == 0 {
		return ""
	}
	return sources[0]
}

func (s *pairing) add(key string, both bool) {
	s.all = with(s.all, key)
	if both {
		s.pure = without(s.pure, key)
	} else {
		s.pure = with(s.pure, key)
	}
}

func (s *pairing) remove(key string) { s.all, s.pure = without(s.all, key), without(s.pure, key) }

// with puts a key into a sorted list.
func with(keys []string, key string) []string {
	i, has := slices.BinarySearch(keys, key)
	if has {
		return keys
	}
	return slices.Insert(keys, i, key)
}

// without takes a key out of a sorted list. The first costs nothing: what is over
// comes in the order of keys.
func without(keys []string, key string) []string {
	switch i, has := slices.BinarySearch(keys, key); {
	case !has:
		return keys
	case i == 0:
		keys[0] = ""
		return keys[1:]
	default:
		return slices.Delete(keys, i, i+1)
	}
}

// A force is how many sources a pairing has, in all and on one side only.
type force struct{ all, pure int }

func (s *pairing) force() force { return force{len(s.all), len(s.pure)} }

// stirred calls add for the targets that may be inhibited now, or no longer, since
// the pairing had so many sources: all of them if there was no source or is none
// now. Besides, a source that is the only one does not inhibit itself.
func (s *pairing) stirred(was force, add func(key string)) {
	is := s.force()
	if (was.all > 0) != (is.all > 0) || (was.pure > 0) != (is.pure > 0) {
		for target := range s.targets {
			add(target)
		}
		return
	}
	for _, sources := range [][]string{s.all, s.pure} {
		for _, key := range sources[:min(len(sources), 2)] {
			if _, is := s.targets[key]; is {
				add(key)
			}
		}
	}
}

// watchAll begins to watch the inhibit rules of a configuration.
func (p *Planner) watchAll() {
	p.watches = nil
	for i := range p.cfg.Inhibit {
		w := &watch{InhibitRule: &p.cfg.Inhibit[i], sets: map[string]*pairing{}}
		for _, r := range p.cfg.Rules {
			if p.mayFeed(w, r) {
				w.feeders = append(w.feeders, r.Key)
			}
		}
		p.watches = append(p.watches, w)
	}
}

// mayFeed reports whether an alerting rule may bring forth a source, as far as its
// name, the labels that it sets and its levels tell.
func (p *Planner) mayFeed(w *watch, r *rules.Rule) bool {
	if len(p.cfg.AlertRelabel) > 0 {
		return true
	}
	fixed := map[string]string{labels.AlertName: r.Alert}
	for _, l := range r.Labels {
		if l.Expand == nil {
			fixed[l.Name] = l.Text
		}
	}
	for _, m := range w.Source {
		if value, known := fixed[m.Name]; known && !m.Matches(value) {
			return false
		}
	}
	return true
}

// equalOf returns the values of the labels that have to agree.
func (w *watch) equalOf(ls labels.Labels) string {
	var b strings.Builder
	for _, name := range w.Equal {
		b.WriteString(ls.Get(name))
		b.WriteString("\x00")
	}
	return b.String()
}

// set returns a pairing and makes it if need be.
func (w *watch) set(name string) *pairing {
	s := w.sets[name]
	if s == nil {
		s = &pairing{targets: map[string]bool{}}
		w.sets[name] = s
	}
	return s
}

// tidy forgets a pairing without alerts.
func (w *watch) tidy(name string) {
	if s := w.sets[name]; s != nil && len(s.all)+len(s.targets) == 0 {
		delete(w.sets, name)
	}
}

// spotsOf finds where an alert stands: as a source with its labels at any level
// that it has reached, as a target with those at its level.
func (p *Planner) spotsOf(a *alert) (sources, targets []spot) {
	for i, w := range p.watches {
		for _, ls := range a.levels {
			if !a.over && rules.Matches(w.Source, ls) {
				s := spot{i, w.equalOf(ls), rules.Matches(w.Target, ls)}
				sources = appendSpot(sources, s)
			}
		}
		if rules.Matches(w.Target, a.labels) {
			targets = append(targets, spot{i, w.equalOf(a.labels), rules.Matches(w.Source, a.labels)})
		}
	}
	return sources, targets
}

// appendSpot adds a source. Of two in one pairing the one that stands on one side
// only counts: it inhibits more.
func appendSpot(all []spot, s spot) []spot {
	i := slices.IndexFunc(all, func(x spot) bool { return x.watch == s.watch && x.set == s.set })
	if i < 0 {
		return append(all, s)
	}
	all[i].both = all[i].both && s.both
	return all
}

// enrol puts an alert where it stands in the inhibit rules, takes out of them what
// it replaces, and returns the alerts that others may inhibit now, or no longer.
func (p *Planner) enrol(key string, now, old *alert) (stirred []string) {
	if len(p.watches) == 0 {
		return nil
	}
	if now != nil {
		now.sources, now.targets = p.spotsOf(now)
	}
	before := map[*pairing]force{}
	note := func(s *pairing) *pairing {
		if _, has := before[s]; !has {
			before[s] = s.force()
		}
		return s
	}
	p.register(key, now, note)
	p.unregister(key, old, now, note)
	for s, was := range before { // sorted below
		s.stirred(was, func(target string) { stirred = append(stirred, target) })
	}
	slices.Sort(stirred)
	return slices.Compact(stirred)
}

func (p *Planner) register(key string, now *alert, note func(*pairing) *pairing) {
	if now == nil {
		return
	}
	for _, s := range now.sources {
		note(p.watches[s.watch].set(s.set)).add(key, s.both)
	}
	for _, s := range now.targets {
		p.watches[s.watch].set(s.set).targets[key] = s.both
	}
}

func (p *Planner) unregister(key string, old, now *alert, note func(*pairing) *pairing) {
	if old == nil {
		return
	}
	for _, s := range old.sources {
		if now == nil || !stands(now.sources, s) {
			note(p.watches[s.watch].set(s.set)).remove(key)
			p.watches[s.watch].tidy(s.set)
		}
	}
	for _, s := range old.targets {
		if now == nil || !stands(now.targets, s) {
			delete(p.watches[s.watch].set(s.set).targets, key)
			p.watches[s.watch].tidy(s.set)
		}
	}
}

func stands(all []spot, s spot) bool {
	return slices.ContainsFunc(all, func(x spot) bool { return x.watch == s.watch && x.set == s.set })
}

// inhibitorOf returns the key of an alert that inhibits another, or "".
func (p *Planner) inhibitorOf(key string, a *alert) string {
	for _, s := range a.targets {
		if set := p.watches[s.watch].sets[s.set]; set != nil {
			if by := set.over(key, s.both); by != "" {
				return by
			}
		}
	}
	return ""
}

// inhibitedBy says in words what inhibits an alert.
func (p *Planner) inhibitedBy(a *alert) string {
	by := p.alerts[p.inhibitorOf(alertKey(a.Alert), a)]
	if by == nil {
		return "inhibited"
	}
	return "inhibited by " + by.Name
}
