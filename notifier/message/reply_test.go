package message_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"tocsin/evaluator"
	"tocsin/notifier"
	"tocsin/notifier/message"
	"tocsin/notifier/message/messagetest"
	"tocsin/rules"
)

// entries makes one entry of each news, with names of their own.
func entries(level rules.Level, news ...notifier.News) (all []notifier.Entry) {
	for n, w := range news {
		a := evaluator.Alert{Name: "Disk", Instance: fmt.Sprint(n), Notify: level, Level: level, Value: 9, Bound: 8, Side: rules.Above}
		if a.LevelSince = messagetest.At; w == notifier.Resolved {
			a.Value, a.Reason = 5, evaluator.Recovered
		}
		all = append(all, notifier.Entry{Alert: &a, News: w, Was: rules.Warn})
	}
	return all
}

// An answer says what is new, of how many, in one line.
func TestHeadline(t *testing.T) {
	r := renderer(t)
	for _, c := range []struct {
		why          string
		reason       notifier.Reason
		firing, over []notifier.Entry
		state, rest  string
	}{
		{"one of one", notifier.ReasonRaised, entries(rules.Error, notifier.Raised), nil, "ERROR", "9 > 8, raised from warn"},
		{"one of several", notifier.ReasonRaised, entries(rules.Error, notifier.Raised, notifier.Same, notifier.Same), nil, "ERROR", "9 > 8, raised from warn; 3 firing in all"},
		{"several", notifier.ReasonRaised, entries(rules.Error, notifier.Raised, notifier.Raised, notifier.New), nil, "ERROR", "2 raised, 1 new"},
		{"several of more", notifier.ReasonNew, entries(rules.Warn, notifier.New, notifier.New, notifier.Same), nil, "WARN", "2 new; 3 firing in all"},
		{"one is over", notifier.ReasonChanged, entries(rules.Error, notifier.Same), entries(rules.OK, notifier.Resolved), "RESOLVED", "5 (threshold 8), recovered; 1 firing in all"},
		{"all are over", notifier.ReasonResolved, nil, entries(rules.OK, notifier.Resolved, notifier.Resolved), "RESOLVED", "2 resolved"},
		{"nothing is new", notifier.ReasonReminder, entries(rules.Error, notifier.Same, notifier.Same), nil, "ERROR", "2 alerts, reminder: nothing has changed"},
		{"nothing is new about one", notifier.ReasonReminder, entries(rules.Error, notifier.Same), nil, "ERROR", "9 > 8, reminder: nothing has changed"},
	} {
		d := notifier.Delivery{Effect: notifier.Reply, Reason: c.reason, Firing: c.firing, Resolved: c.over, At: messagetest.At}
		for n := range d.Firing {
			d.Level = max(d.Level, d.Firing[n].Alert.Notify)
		}
		m, _ := r.Render(d, 10, nil)
		if state, name, rest := m.Headline(); state != c.state || name != "Disk" || rest != c.rest {
			t.Errorf("%s: %q %q %q, want %q", c.why, state, name, rest, c.rest)
		}
	}
}

// An answer lists what is new and nothing else; one without news lists all.
func TestReplyListsNews(t *testing.T) {
	r := renderer(t)
	rapid.Check(t, func(t *rapid.T) {
		d := messagetest.Deliveries().Draw(t, "delivery")
		d.Effect = rapid.SampledFrom([]notifier.Effect{notifier.Reply, notifier.Broadcast}).Draw(t, "effect")
		m, _ := r.Render(d, 0, nil)
		var want []string
		for _, e := range d.Firing {
			if e.News != notifier.Same {
				want = append(want, message.Clean(e.Alert.Name))
			}
		}
		for _, e := range d.Resolved {
			want = append(want, message.Clean(e.Alert.Name))
		}
		if len(want) == 0 {
			for _, e := range d.Firing {
				want = append(want, message.Clean(e.Alert.Name))
			}
		}
		var got []string
		for _, i := range m.Items {
			got = append(got, i.Name)
		}
		if !slices.Equal(got, want) || m.Counts.Total() != len(d.Firing)+len(d.Resolved) {
			t.Fatalf("%d of %d: %q, want %q", len(got), m.Counts.Total(), got, want)
		}
	})
}

// What holds all is said once; what holds some is said of them alone.
func TestHeld(t *testing.T) {
	r := renderer(t)
	for _, c := range []struct {
		why        string
		held       []string
		want       []string
		ack, quiet bool
	}{
		{"nothing is", []string{"", ""}, nil, false, false},
		{"one of two", []string{"acknowledged by ada", ""}, nil, false, false},
		{"all by one", []string{"acknowledged by ada", "acknowledged by ada"}, []string{"acknowledged by ada"}, true, false},
		{"all by two", []string{"acknowledged by ada", "acknowledged by bob"}, []string{"acknowledged by ada", "acknowledged by bob"}, true, false},
		{"for two reasons", []string{"acknowledged by ada", "silenced by bob"}, []string{"acknowledged by ada", "silenced by bob"}, false, false},
		{"all silenced", []string{"silenced by bob\nfor good"}, []string{"silenced by bob for good"}, false, true},
	} {
		var d notifier.Delivery
		for _, h := range c.held {
			d.Firing = append(d.Firing, notifier.Entry{Held: h, Alert: &evaluator.Alert{Notify: rules.Warn}})
		}
		m, _ := r.Render(d, 0, nil)
		if !slices.Equal(m.Held, c.want) || m.AllHeld("acknowledged by ") != c.ack || m.AllHeld("silenced by ") != c.quiet {
			t.Errorf("%s: %q", c.why, m.Held)
		}
		if got := m.Data(strings.ToUpper).Alerts[0].Held; got != strings.ToUpper(message.Clean(c.held[0])) {
			t.Errorf("%s: template data %q", c.why, got)
		}
	}
}

// A digest counts everything once, the most first.
func TestDigest(t *testing.T) {
	r := renderer(t)
	rapid.Check(t, func(t *rapid.T) {
		d := messagetest.Deliveries().Draw(t, "delivery")
		d.Effect, d.Reason = notifier.Post, notifier.ReasonDigest
		m, _ := r.Render(d, 5, nil)
		sum, last := 0, 1<<30
		for _, tally := range m.Digest {
			n := tally.Counts.Total()
			sum += n
			if n == 0 || n > last {
				t.Fatalf("%d alerts below %d", n, last)
			}
			last = n
		}
		if lines, left := m.Sums(); sum != m.Counts.Total() || len(lines)+left != len(m.Digest) || len(lines) > 30 {
			t.Fatalf("%d of %d alerts, %d lines and %d left", sum, m.Counts.Total(), len(lines), left)
		}
	})
	for _, c := range messagetest.Cases() {
		m, _ := r.Render(c.Delivery, 5, nil)
		if digest := c.Name == "digest"; digest != (len(m.Digest) > 0) {
			t.Errorf("%s: %d tallies", c.Name, len(m.Digest))
		} else if digest && (m.Title() != "WARN digest: 24 alerts, 3 resolved" || m.Why() != "27 more, by rule and team" || m.Data(strings.ToUpper).Digest[0].Team != "WEB" || len(m.Links) > 0) {
			t.Errorf("%q, %q, links %v", m.Title(), m.Why(), m.Links)
		}
	}
}
