package unittest

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/prometheus/common/model"

	"tocsin/evaluator"
	"tocsin/notifier"
	"tocsin/notifier/message"
	"tocsin/rules"
)

// A sent message is what a receiver was told at an instant. The integrations of a
// receiver that are told the same at once make one of it.
type sent struct {
	at       model.Time // when the attempt began
	receiver string
	kinds    []string
	why      notifier.Reason
	level    rules.Level
	group    notifier.Group
	alerts   []told
	text     string
	taken    bool // by an expectation
	shown    bool // beside one that was not met
}

// A told alert is one alert of a message.
type told struct {
	described
	firing bool
	level  rules.Level
	news   notifier.News
	reason evaluator.Reason
	held   string
}

// is says in a word how the alert stands.
func (t told) is() string {
	if !t.firing {
		return "resolved"
	}
	return t.level.String()
}

// A recorder takes the place of all senders: it keeps what would be sent, and says
// that it was delivered.
type recorder life

// Send keeps one delivery. An edit tells nobody anything, so it is none. Who fails by
// what the test says is not told.
func (r *recorder) Send(ctx context.Context, d notifier.Delivery) notifier.Settled {
	settled := notifier.Settled{ID: d.ID, Attempt: d.Attempt, Outcome: notifier.Delivered, Handle: d.ID}
	if (*life)(r).fails(d.Receiver) {
		settled.Outcome, settled.Handle, settled.Error = notifier.Refused, "", "a failure of the test"
		return settled
	}
	if d.Effect == notifier.Edit || d.Effect == notifier.Moved {
		return settled
	}
	l := (*life)(r)
	m := l.maker.Make(ctx, d, 0)
	s := &sent{
		at: l.now, receiver: d.Receiver, kinds: []string{d.Kind}, why: d.Reason, level: d.Level, group: d.Group,
		text: l.words(m, d),
	}
	for _, e := range d.Firing {
		s.alerts = append(s.alerts, toldOf(m, e, true))
	}
	for _, e := range d.Resolved {
		s.alerts = append(s.alerts, toldOf(m, e, false))
	}
	if !l.joins(s) {
		l.sent = append(l.sent, s)
	}
	return settled
}

// fails reports whether a receiver can't be reached now, by what the test says.
func (l *life) fails(receiver string) bool {
	now := l.now.Sub(l.Start)
	for _, f := range l.Failing {
		if (f.To == "" || f.To == receiver) && now >= f.From && (f.Until == 0 || now < f.Until) {
			return true
		}
	}
	return false
}

// toldOf finds the annotations of an entry among the items of its message.
func toldOf(m *message.Message, e notifier.Entry, firing bool) told {
	t := told{
		described: described{labels: e.Labels.Map(), annotations: map[string]string{}},
		firing:    firing, level: e.Alert.Notify, news: e.News, reason: e.Alert.Reason, held: e.Held,
	}
	for _, i := range m.Items {
		if i.Episode == e.Alert.Episode && i.Firing == firing {
			for _, p := range i.Annotations {
				t.annotations[p.Name] = p.Value
			}
		}
	}
	return t
}

// joins adds a kind of integration to a message that says the same.
func (l *life) joins(s *sent) bool {
	for _, o := range l.sent {
		if o.at == s.at && o.receiver == s.receiver && o.why == s.why && o.group.Key == s.group.Key &&
			!slices.Contains(o.kinds, s.kinds[0]) && o.about() == s.about() {
			o.kinds = append(o.kinds, s.kinds...)
			o.text += "\n" + s.text
			return true
		}
	}
	return false
}

// about says which alerts a message tells of.
func (s *sent) about() string {
	var all []string
	for _, a := range s.alerts {
		all = append(all, a.short()+" "+a.is())
	}
	return strings.Join(all, ", ")
}

// short is an alert without its annotations.
func (d described) short() string { return described{labels: d.labels}.String() }

// String says in a line who is told what, and why.
func (s *sent) String() string {
	return fmt.Sprintf("to %s (%s), %s: %s", s.receiver, strings.Join(s.kinds, ", "), s.why, s.about())
}

// when is the time of a message in the test.
func (l *life) when(s *sent) string { return span(s.at.Sub(l.Start).Truncate(time.Millisecond)) }

// traceMessages puts the messages among the transitions.
func (l *life) traceMessages(from int) {
	for _, s := range l.sent {
		l.step(l.feed.world, s.at, "message "+s.String())
	}
	slices.SortStableFunc(l.out.Trace[from:], func(a, b Step) int { return cmp.Compare(a.when, b.when) })
}
