package history

import (
	"cmp"
	"slices"
	"time"

	"github.com/prometheus/common/model"

	"tocsin/evaluator"
	"tocsin/notifier"
	"tocsin/rules"
)

// A Question is a query and the time that it is about; live is what the core
// says of now, nil if it is about the past.
type Question struct {
	Asked string
	At    model.Time
	Live  *Live
}

// Explain joins what is known now with what has been.
func Explain(q Question, rows Rows) Explanation {
	e := Explanation{Asked: q.Asked, At: stamp(q.At), Past: q.Live == nil, From: stamp(rows.From), Alerts: []Alert{}}
	books := booksOf(rows)
	if q.Live != nil {
		for _, r := range q.Live.Rules {
			e.Rules = append(e.Rules, ruleOf(r))
		}
		for _, s := range q.Live.Subjects {
			a := s.alert()
			e.Alerts = append(e.Alerts, books.take(a))
		}
		if q.Live.More > 0 {
			e.Cut = "there are more alerts than are told: say more of its labels"
		}
	}
	for _, b := range books.left() {
		if len(e.Alerts) >= mostAlerts {
			e.Cut = "there are more alerts than are told: say more of its labels"
			break
		}
		e.Alerts = append(e.Alerts, b.tell(b.past()))
	}
	if rows.Cut {
		e.Cut = "the history holds too much to read all of it: what is older is left out"
	}
	return e
}

// A book is the history of one alert.
type book struct {
	id        notifier.AlertID
	changes   []evaluator.Change
	decisions []notifier.Decision
	attempts  []notifier.AttemptRow
}

type books struct {
	all   map[notifier.AlertID]*book
	taken map[notifier.AlertID]bool
}

func booksOf(rows Rows) books {
	b := books{all: map[notifier.AlertID]*book{}, taken: map[notifier.AlertID]bool{}}
	delivered := map[string][]*book{}
	for _, c := range rows.Changes {
		k := b.of(notifier.AlertID{Rule: c.Alert.Rule, Instance: c.Alert.Instance})
		k.changes = append(k.changes, c)
	}
	for _, d := range rows.Decisions {
		k := b.of(notifier.AlertID{Rule: d.Change.Rule, Instance: d.Change.Instance})
		k.decisions = append(k.decisions, d)
		if d.Delivery != "" && !slices.Contains(delivered[d.Delivery], k) {
			delivered[d.Delivery] = append(delivered[d.Delivery], k)
		}
	}
	for _, a := range rows.Attempts {
		concerned := slices.Clone(delivered[a.Delivery])
		for _, id := range a.Names {
			if k := b.all[id]; k != nil && !slices.Contains(concerned, k) {
				concerned = append(concerned, k)
			}
		}
		for _, k := range concerned {
			k.attempts = append(k.attempts, a)
		}
	}
	return b
}

func (b books) of(id notifier.AlertID) *book {
	k := b.all[id]
	if k == nil {
		k = &book{id: id}
		b.all[id] = k
	}
	return k
}

// take tells an alert's history, which then is told.
func (b books) take(a Alert) Alert {
	k := notifier.AlertID{Rule: a.Rule, Instance: a.Instance}
	b.taken[k] = true
	return b.of(k).tell(a)
}

// left are the histories that nobody took: those of alerts that are over. The
// latest comes first.
func (b books) left() (all []*book) {
	for k, book := range b.all {
		if !b.taken[k] && len(book.changes)+len(book.decisions) > 0 {
			all = append(all, book)
		}
	}
	slices.SortFunc(all, func(x, y *book) int {
		return cmp.Or(cmp.Compare(y.last(), x.last()), cmp.Compare(x.id.Rule, y.id.Rule), cmp.Compare(x.id.Instance, y.id.Instance))
	})
	return all
}

// last is when the alert last changed.
func (b *book) last() model.Time {
	if n := len(b.changes); n > 0 {
		return b.changes[n-1].At
	}
	return b.decisions[len(b.decisions)-1].Change.At
}

// past is the alert as its last change left it.
func (b *book) past() Alert {
	if len(b.changes) == 0 {
		c := b.decisions[len(b.decisions)-1].Change
		return Alert{Name: c.Name, Labels: c.Labels.Map(), Rule: c.Rule, Instance: c.Instance, Episode: c.Episode, Level: c.To, Notify: c.To, Since: stamp(c.At)}
	}
	c := b.changes[len(b.changes)-1]
	a := c.Alert
	out := Alert{
		Name: a.Name, Labels: a.Labels.Map(), Rule: a.Rule, Instance: a.Instance, Episode: a.Episode,
		Level: a.Level, Notify: a.Notify, Flapping: a.Flapping,
		Since: stamp(a.LevelSince), StartsAt: stamp(a.StartsAt), Reason: string(a.Reason),
	}
	if a.Notify == rules.OK {
		out.Episode = "" // it is over
	}
	return out
}

// tell adds the changes to an alert, each with what became of it.
func (b *book) tell(a Alert) Alert {
	a.Changes = make([]Change, 0, len(b.changes))
	for _, c := range b.changes {
		a.Changes = append(a.Changes, changeOf(c))
	}
	for _, d := range b.decisions {
		b.decided(&a, d)
	}
	for _, t := range b.attempts {
		tried(a.Changes, t)
	}
	if n := len(a.Changes) - mostChanges; n > 0 {
		a.Changes, a.Earlier = a.Changes[n:], n
	}
	return a
}

func changeOf(c evaluator.Change) Change {
	return Change{
		At: stamp(c.At), Kind: c.Kind.String(), From: c.From, To: c.To,
		Reason: string(c.Alert.Reason), Text: versus(c.Alert), Episode: c.Alert.Episode,
	}
}

// decided adds what became of a change to it. A change that is older than what was
// read is there by its decision alone.
func (b *book) decided(a *Alert, d notifier.Decision) {
	c := d.Change
	at := stamp(c.At)
	fate := Fate{
		At: stamp(d.At), Receiver: d.Receiver, Integration: d.Integration, Outcome: d.Outcome, Why: d.Why,
		Delivery: d.Delivery, Attempt: d.Attempt,
	}
	n := slices.IndexFunc(a.Changes, func(x Change) bool {
		return x.At.Equal(at) && x.Kind == c.Kind.String() && x.From == c.From && x.To == c.To
	})
	if n < 0 {
		n, _ = slices.BinarySearchFunc(a.Changes, at, func(x Change, t time.Time) int { return x.At.Compare(t) })
		a.Changes = slices.Insert(a.Changes, n, Change{At: at, Kind: c.Kind.String(), From: c.From, To: c.To, Episode: c.Episode})
	}
	a.Changes[n].Fates = append(a.Changes[n].Fates, fate)
}

// tried adds an attempt to the change that its delivery told of, or, while that is
// open, to the last one before it.
func tried(changes []Change, t notifier.AttemptRow) {
	at := stamp(t.At)
	to := -1
	for n, c := range changes {
		if !c.At.After(at) {
			to = n
		}
		if slices.ContainsFunc(c.Fates, func(f Fate) bool { return f.Delivery == t.Delivery && f.Delivery != "" }) {
			to = n
			break
		}
	}
	if to < 0 {
		return
	}
	changes[to].Attempts = append(changes[to].Attempts, Attempt{
		At: at, Receiver: t.Receiver, Integration: t.Integration, Kind: t.Kind, Effect: t.Effect, Reason: string(t.Reason),
		Outcome: t.Outcome, Error: t.Error, Delivery: t.Delivery, Attempt: t.Attempt,
	})
}

// Span returns what of the history is read for a question: some days, and further
// back to where the longest of the alerts that fire began.
func (q Question) Span() Span {
	span := Span{From: q.At.Add(-Reach), Until: q.At}
	if q.Live == nil {
		return span
	}
	for _, s := range q.Live.Subjects {
		if a := s.Instance.Alert; a != nil && a.StartsAt != 0 {
			span.From = min(span.From, a.StartsAt)
		}
	}
	return span
}
