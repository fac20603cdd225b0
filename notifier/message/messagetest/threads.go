package messagetest

import (
	"fmt"

	"github.com/prometheus/prometheus/model/labels"

	"tocsin/evaluator"
	"tocsin/notifier"
	"tocsin/rules"
)

// Root and Next are handles of messages.
const (
	Root = "C0123456789:1795356300.000001"
	Next = "C0123456789:1795443000.000007"
)

// ThreadCases returns one delivery of each kind where messages can be edited and
// answered.
func ThreadCases() []Case {
	e := func(list ...notifier.Entry) []notifier.Entry { return list }
	bad := latency("/pay", rules.Error, 0.6183)
	same := Entry(latency("/orders", rules.Warn, 0.412), notifier.Same, rules.Warn)
	calm := Entry(bad, notifier.Same, rules.Error)
	raised := Entry(bad, notifier.Raised, rules.Warn)
	lowered := Entry(latency("/pay", rules.Warn, 0.38), notifier.Lowered, rules.Error)
	over := Entry(resolved(latency("/orders", rules.Warn, 0), 0.2404), notifier.Resolved, rules.Warn)
	worse := Entry(resolved(bad, 0.1), notifier.Resolved, rules.Error)
	led := bad // elsewhere, and fires on
	led.Reason, led.EndsAt = notifier.ReasonRerouted, led.StartsAt+5*minute
	away := Entry(led, notifier.Resolved, rules.Error)
	flaps := Entry(func() evaluator.Alert { a := bad; a.Flapping = true; return a }(), notifier.FlapBegan, rules.Error)
	cases := []Case{
		{"edit", effect(notifier.Edit, delivery(notifier.ReasonFace, e(calm, same), nil))},
		{"edit-rerouted", effect(notifier.Edit, delivery(notifier.ReasonFace, nil, e(away)))},
		{"edit-one", effect(notifier.Edit, delivery(notifier.ReasonFace, e(calm), nil))},
		{"edit-some-over", effect(notifier.Edit, delivery(notifier.ReasonFace, e(calm), e(over)))},
		{"edit-acknowledged", effect(notifier.Edit, delivery(notifier.ReasonFace, e(held(bad, "acknowledged by ada")), nil))},
		{"edit-silenced", effect(notifier.Edit, delivery(notifier.ReasonFace, e(held(bad, "silenced by bob until 16:00 UTC")), nil))},
		{"edit-resolved", effect(notifier.Edit, delivery(notifier.ReasonFace, nil, e(worse)))},
		{"edit-storm", effect(notifier.Edit, storm(500, notifier.ReasonFace, notifier.Same))},
		{"reply-lowered", effect(notifier.Reply, delivery(notifier.ReasonChanged, e(lowered, same), nil))},
		{"reply-resolved", effect(notifier.Reply, delivery(notifier.ReasonResolved, nil, e(worse)))},
		{"reply-some-resolved", effect(notifier.Reply, delivery(notifier.ReasonChanged, e(calm), e(over)))},
		{"reply-flapping", effect(notifier.Reply, delivery(notifier.ReasonChanged, e(flaps, same), nil))},
		{"broadcast-raised", effect(notifier.Broadcast, delivery(notifier.ReasonRaised, e(raised, same), nil))},
		{"broadcast-new", effect(notifier.Broadcast, delivery(notifier.ReasonNew, e(calm, Entry(*same.Alert, notifier.New, rules.OK)), nil))},
		{"broadcast-reminder", effect(notifier.Broadcast, delivery(notifier.ReasonReminder, e(calm, same), nil))},
		{"broadcast-reminder-one", effect(notifier.Broadcast, delivery(notifier.ReasonReminder, e(calm), nil))},
		{"broadcast-storm", effect(notifier.Broadcast, storm(500, notifier.ReasonRaised, notifier.Raised))},
		{"broadcast-hostile", effect(notifier.Broadcast, hostile())},
		{"edit-hostile", effect(notifier.Edit, hostile())},
		{"moved", effect(notifier.Moved, delivery(notifier.ReasonFace, e(calm, same), nil))},
		{"moved-hostile", effect(notifier.Moved, hostile())},
	}
	return identified(cases)
}

// effect makes a delivery do something else than post.
func effect(what notifier.Effect, d notifier.Delivery) notifier.Delivery {
	d.Effect, d.Root = what, Root
	if what == notifier.Moved {
		d.Next = Next
	}
	return d
}

// held is an entry that something keeps as it was told.
func held(a evaluator.Alert, by string) notifier.Entry {
	e := Entry(a, notifier.Same, a.Notify)
	e.Held = by
	return e
}

// storm is one flush with very many alerts.
func storm(n int, reason notifier.Reason, news notifier.News) notifier.Delivery {
	var firing []notifier.Entry
	for k := range n {
		a := latency(fmt.Sprintf("/route/%03d", k), rules.Error, 0.5+float64(n-k)/100)
		firing = append(firing, Entry(a, news, rules.Warn))
	}
	return delivery(reason, firing, nil)
}

// digest is what a budget held back, of three rules and two teams.
func digest() notifier.Delivery {
	var firing, over []notifier.Entry
	for k := range 24 {
		a := latency(fmt.Sprintf("/route/%03d", k), rules.Warn, 0.4)
		switch k % 4 {
		case 1:
			a.Name, a.Rule = "DiskFillsUp", "disk/DiskFillsUp"
			a.Labels = labels.FromStrings("alertname", a.Name, "disk", fmt.Sprint(k))
		case 3:
			a.Labels = labels.NewBuilder(a.Labels).Set("team", "payments").Labels()
		}
		firing = append(firing, Entry(a, notifier.New, rules.OK))
	}
	for k := range 3 {
		over = append(over, Entry(resolved(latency(fmt.Sprintf("/old/%d", k), rules.Warn, 0), 0.1), notifier.Resolved, rules.Warn))
	}
	d := delivery(notifier.ReasonDigest, firing, over)
	d.Group.Labels, d.Group.Key, d.Group.Episode = labels.EmptyLabels(), "!digest", "g2"
	return d
}
