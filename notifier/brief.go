package notifier

import (
	"slices"

	"tocsin/evaluator"
	"tocsin/rules"
)

// mostWhole is how many entries of a delivery are stored with all their facts. Of
// the others it is stored what makes the content and what settling them takes: with
// tens of thousands of alerts in one message the facts, which are in the rows of the
// alerts and of what was told already, would be tens of megabytes before the message
// may go.
const mostWhole = 100

// A brief is an entry without the facts that other rows have, and those after it that
// are like it: in a storm most are, and to say it of each anew would be the most of
// what is written before the message may go.
type brief struct {
	Rule     string           `json:"rule"`
	Instance string           `json:"instance"`
	Episode  string           `json:"episode"`
	Notify   rules.Level      `json:"notify"`
	Reason   evaluator.Reason `json:"reason"`
	News     News             `json:"news"`
	Was      rules.Level      `json:"was"`
	Held     string           `json:"held,omitempty"`
	Flapping bool             `json:"flapping,omitempty"`
	More     []string         `json:"more,omitempty"` // instance and episode in turn
}

// briefly splits entries into those that are stored whole and the rest.
func briefly(all []Entry, room int) (whole []Entry, rest []brief) {
	n := min(room, len(all))
	whole, all = all[:n:n], all[n:]
	for len(all) > 0 {
		n = slices.IndexFunc(all, func(e Entry) bool { return !alike(&all[0], &e) })
		if n < 0 {
			n = len(all)
		}
		rest, all = append(rest, briefOf(all[:n])), all[n:]
	}
	return whole, rest
}

// alike reports whether all that is stored of two entries is the same but for their
// names.
func alike(a, b *Entry) bool {
	return a.Alert.Rule == b.Alert.Rule && a.Alert.Notify == b.Alert.Notify && a.Alert.Reason == b.Alert.Reason &&
		a.Alert.Flapping == b.Alert.Flapping && a.News == b.News && a.Was == b.Was && a.Held == b.Held
}

// briefOf is the brief of entries that are alike.
func briefOf(all []Entry) brief {
	e := &all[0]
	b := brief{
		Rule: e.Alert.Rule, Instance: e.Alert.Instance, Episode: e.Alert.Episode, Notify: e.Alert.Notify,
		Reason: e.Alert.Reason, News: e.News, Was: e.Was, Held: e.Held, Flapping: e.Alert.Flapping,
	}
	if more := all[1:]; len(more) > 0 {
		b.More = make([]string, 0, 2*len(more))
		for i := range more {
			b.More = append(b.More, more[i].Alert.Instance, more[i].Alert.Episode)
		}
	}
	return b
}

// entries gives what was stored briefly its facts back.
func (p *Planner) entries(l *lane, rest []brief) (all []Entry) {
	for _, b := range rest {
		all = append(all, p.restored(l, &b))
		for name := range slices.Chunk(b.More, 2) {
			if len(name) == 2 {
				b.Instance, b.Episode = name[0], name[1]
				all = append(all, p.restored(l, &b))
			}
		}
	}
	return all
}

// restored is the first entry of a brief.
func (p *Planner) restored(l *lane, b *brief) Entry {
	e := p.facts(l, b)
	a := evaluator.Alert{}
	if e.Alert != nil {
		a = *e.Alert
	}
	a.Rule, a.Instance, a.Episode = b.Rule, b.Instance, b.Episode
	a.Level, a.Notify, a.Flapping, a.Reason = b.Notify, b.Notify, b.Flapping, b.Reason
	e.Alert = &a
	e.News, e.Was, e.Held = b.News, b.Was, b.Held
	return e
}

// facts finds what is known of an alert of a delivery: what still fires, what was
// told of it, or the change that waits to be told. The entry has no alert if nothing is.
func (p *Planner) facts(l *lane, b *brief) Entry {
	key := b.Rule + "\x00" + b.Instance
	it := l.items[key]
	if a := p.alerts[key]; a != nil && a.Episode == b.Episode && b.News != Resolved {
		return Entry{Alert: a.Alert, Labels: a.labels}
	}
	if it == nil {
		return Entry{}
	}
	if it.told() && it.episode() == b.Episode {
		return it.closing()
	}
	for _, r := range []*ref{it.next, it.under} {
		if r != nil && r.Episode == b.Episode {
			return Entry{Alert: &evaluator.Alert{Name: r.Name, Labels: r.Labels}, Labels: r.Labels}
		}
	}
	return Entry{}
}
