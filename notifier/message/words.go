package message

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"

	"tocsin/evaluator"
	"tocsin/notifier"
	"tocsin/rules"
)

// State is the one word for all of it: ERROR, WARN, RESOLVED, or REROUTED.
func (m *Message) State() string {
	switch {
	case m.Rerouted():
		return rerouted
	case m.Level == rules.OK:
		return "RESOLVED"
	}
	return strings.ToUpper(m.Level.String())
}

// Rerouted reports whether nothing of it is over, but told elsewhere from now on.
func (m *Message) Rerouted() bool {
	return len(m.Items) > 0 && !slices.ContainsFunc(m.Items, func(i Item) bool { return i.State() != rerouted })
}

const rerouted = "REROUTED"

// Title says level, name and count in one line: "ERROR ApiLatencyP95: 612 ms >
// 500 ms", "WARN ApiLatencyP95: 3 alerts". What has no value is named alone.
func (m *Message) Title() string {
	title := m.State() + " " + Cut(m.Name, 100)
	switch one, ok := m.Single(); {
	case len(m.Digest) > 0:
		return title + ": " + m.Counts.String()
	case ok && one.Versus == "":
		return title
	case ok:
		return title + ": " + Cut(one.Versus, 100)
	}
	return title + ": " + m.Counts.String()
}

// Why says what this message is for: what is new, or that nothing is.
func (m *Message) Why() string {
	switch {
	case len(m.Digest) > 0:
		return m.summed()
	case m.Reason == notifier.ReasonReminder:
		return m.reminder()
	}
	if one, ok := m.Single(); ok && one.What != "" {
		return one.What
	}
	switch m.Reason {
	case notifier.ReasonFirst:
		return "new"
	case notifier.ReasonFace:
		return m.Counts.news("as it is now")
	default:
	}
	return m.Counts.news(string(m.Reason))
}

const reminderText = "reminder: nothing has changed"

func (m *Message) reminder() string {
	if one, ok := m.Single(); ok && one.What != "" {
		return reminderText + ", " + one.What
	}
	return reminderText
}

// Single returns the one alert of a message that is about one.
func (m *Message) Single() (Item, bool) {
	if m.Counts.Total() != 1 || len(m.Items) != 1 {
		return Item{}, false
	}
	return m.Items[0], true
}

// news says what is new and of how many, or otherwise if nothing is.
func (c Counts) news(otherwise string) string {
	var parts []string
	for _, p := range []struct {
		n    int
		word string
	}{
		{c.Raised, "raised"},
		{c.New, "new"},
		{c.Lowered, "lowered"},
		{c.Resolved, "resolved"},
		{c.Flapping, "flapping"},
		{c.Stable, "stable again"},
	} {
		if p.n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", p.n, p.word))
		}
	}
	if len(parts) == 0 {
		return otherwise
	}
	return strings.Join(parts, ", ")
}

// Counts says how many alerts there are of each sort in a delivery. Resolved
// ones are not among Error and Warn.
type Counts struct {
	Error, Warn, Resolved                  int
	New, Raised, Lowered, Flapping, Stable int
}

// Total is the number of alerts told of.
func (c Counts) Total() int { return c.Error + c.Warn + c.Resolved }

// String writes "3 alerts (1 error, 2 warn), 1 resolved".
func (c Counts) String() string {
	var parts []string
	switch firing := c.Error + c.Warn; {
	case c.Error > 0 && c.Warn > 0:
		parts = append(parts, fmt.Sprintf("%s (%d error, %d warn)", plural(firing, "alert"), c.Error, c.Warn))
	case firing > 0:
		parts = append(parts, plural(firing, "alert"))
	}
	if c.Resolved > 0 {
		parts = append(parts, fmt.Sprintf("%d resolved", c.Resolved))
	}
	return strings.Join(parts, ", ")
}

func plural(n int, word string) string {
	if n == 1 {
		return "1 " + word
	}
	return fmt.Sprintf("%d %ss", n, word)
}

func count(d notifier.Delivery) Counts {
	c := Counts{Resolved: len(d.Resolved)}
	for i := range d.Firing {
		if d.Firing[i].Alert.Notify == rules.Error {
			c.Error++
		} else {
			c.Warn++
		}
		c.add(d.Firing[i].News)
	}
	return c
}

func (c *Counts) add(n notifier.News) {
	switch n {
	case notifier.New:
		c.New++
	case notifier.Raised:
		c.Raised++
	case notifier.Lowered:
		c.Lowered++
	case notifier.FlapBegan:
		c.Flapping++
	case notifier.FlapEnded:
		c.Stable++
	case notifier.Same, notifier.Resolved:
	}
}

// name says what a delivery is about: the alert's name if all have one, else
// the labels of the group, else how many rules there are.
func name(d notifier.Delivery) string {
	if d.Reason == notifier.ReasonDigest {
		return "digest"
	}
	entries := d.Firing
	if len(entries) == 0 {
		entries = d.Resolved
	}
	names := map[string]bool{}
	first := ""
	for i := range entries {
		if n := entries[i].Alert.Name; !names[n] {
			names[n] = true
			if first == "" {
				first = n
			}
		}
	}
	switch {
	case len(names) == 1 && first != "":
		return Clean(first)
	case d.Group.Labels.Len() > 0:
		return Pairs(d.Group.Labels)
	case len(names) > 1:
		return Clean(first) + " and " + plural(len(names)-1, "more rule")
	}
	return "alerts"
}

// Pairs writes labels as name=value with spaces between; the alert's name comes
// first and alone.
func Pairs(ls labels.Labels) string {
	parts := make([]string, 0, ls.Len())
	if n := ls.Get(model.AlertNameLabel); n != "" {
		parts = append(parts, Cut(Clean(n), 100))
	}
	ls.Range(func(l labels.Label) {
		if l.Name != model.AlertNameLabel {
			parts = append(parts, Clean(l.Name)+"="+Cut(Clean(l.Value), 100))
		}
	})
	return strings.Join(parts, " ")
}

// what says what is new about an entry, or why it is over.
func what(e *notifier.Entry, firing bool, at model.Time) string {
	if !firing {
		return over(e)
	}
	text := changed(e)
	switch {
	case e.Alert.Flapping && e.News == notifier.Same:
		return "flapping"
	case e.Alert.Flapping && text == "":
		return flapBegan
	case e.Alert.Flapping:
		return text + ", " + flapBegan
	case text == "":
		return measured(e, at)
	}
	return text
}

// flapBegan tells what to expect of a flap; it often begins with the raise that
// is news by itself.
const flapBegan = "flapping: more when it gets worse or calms down"

// changed says what has changed about a firing alert, but for a flap's begin.
func changed(e *notifier.Entry) string {
	switch e.News {
	case notifier.New:
		return "new"
	case notifier.Raised:
		return "raised from " + e.Was.String()
	case notifier.Lowered:
		return "lowered from " + e.Was.String()
	case notifier.FlapEnded:
		return "stable again"
	case notifier.Same, notifier.Resolved, notifier.FlapBegan:
	}
	return ""
}

// fresh is how long a value passes for that of now.
const fresh = time.Minute

// silent is how old a value may be before it must be said that none came since.
const silent = 5 * time.Minute

// measured says when the value of an alert was seen that goes on unchanged, if
// it is not that of now: the source may have been silent since.
func measured(e *notifier.Entry, at model.Time) string {
	seen := max(e.Seen, e.Alert.LevelSince)
	switch age := at.Sub(seen); {
	case whole(e.Alert) || age < fresh:
		return ""
	case e.Seen != 0 && age >= silent:
		return "no data since " + clock(seen, at) + " UTC"
	}
	return "measured " + clock(seen, at) + " UTC"
}

func over(e *notifier.Entry) string {
	if e.Alert.Reason == notifier.ReasonRerouted {
		return "its route leads elsewhere now"
	}
	if e.Alert.Notify > rules.OK {
		return "lowered to " + e.Alert.Notify.String()
	}
	switch e.Alert.Reason {
	case evaluator.RuleRemoved:
		return "the rule was removed"
	case evaluator.RuleChanged:
		return "the rule was changed"
	case evaluator.Manual:
		return "closed by hand"
	case evaluator.ReasonAbsent:
		return "the series is gone"
	case evaluator.ReasonNoData:
		return "the query returns nothing"
	case evaluator.Calm:
		return "stable again"
	case evaluator.Breached, evaluator.Recovered, evaluator.Flaps, evaluator.QueryFailing,
		evaluator.TooMany, evaluator.SameLabels, evaluator.SourceFailing,
		evaluator.StoreFailing, evaluator.RulesMissing, evaluator.ReceiverFailing:
	}
	return strings.ReplaceAll(string(e.Alert.Reason), "_", " ")
}
