package message

import (
	"fmt"
	"slices"
	"strings"

	"tocsin/notifier"
	"tocsin/rules"
)

// shown returns the alerts that a message lists: all of them, but in a reply
// those that have news, since what else is so stands in the message answered. A
// reply without any, a reminder, lists them all.
func shown(d notifier.Delivery) (firing, over []notifier.Entry) {
	if d.Effect != notifier.Reply && d.Effect != notifier.Broadcast {
		return d.Firing, d.Resolved
	}
	for _, e := range d.Firing {
		if e.News != notifier.Same {
			firing = append(firing, e)
		}
	}
	if len(firing)+len(d.Resolved) == 0 {
		return d.Firing, nil
	}
	return firing, d.Resolved
}

// held returns what holds the alerts that fire, each reason once, if all of them
// are held.
func held(d notifier.Delivery) (all []string) {
	seen := map[string]bool{}
	for i := range d.Firing {
		text := Clean(d.Firing[i].Held)
		if text == "" {
			return nil
		}
		if !seen[text] {
			seen[text] = true
			all = append(all, text)
		}
	}
	return all
}

// AllHeld reports whether all that fires is held by reasons that begin so.
func (m *Message) AllHeld(how string) bool {
	return len(m.Held) > 0 && !slices.ContainsFunc(m.Held, func(s string) bool { return !strings.HasPrefix(s, how) })
}

// NewsLevel is the highest level among what a reply lists; OK if all of it is over.
func (m *Message) NewsLevel() rules.Level {
	level := rules.OK
	for _, i := range m.Items {
		level = max(level, i.Level)
	}
	return level
}

// Headline says in one line what a reply is for: "ERROR ApiLatencyP95: 618 ms >
// 500 ms, raised from warn", "ERROR ApiLatencyP95: 3 raised, 2 new; 14 firing in
// all". It returns the state, the name and the rest.
func (m *Message) Headline() (state, name, rest string) {
	state = (&Message{Level: m.NewsLevel()}).State()
	one, ok := m.OnlyNews()
	parts := []string{m.Counts.news("")}
	switch {
	case ok:
		parts = []string{Cut(one.Versus, 100), one.What}
	case m.Reason == notifier.ReasonReminder:
		parts = []string{m.Counts.String()}
	}
	if m.Reason == notifier.ReasonReminder {
		parts = append(parts, reminderText)
	}
	parts = slices.DeleteFunc(parts, func(s string) bool { return s == "" })
	rest = strings.Join(parts, ", ")
	if firing := m.Counts.Error + m.Counts.Warn; firing > m.listed() {
		rest += fmt.Sprintf("; %d firing in all", firing)
	}
	return state, Cut(m.Name, 100), rest
}

// listed is the number of firing alerts that a reply is about.
func (m *Message) listed() int {
	if m.Reason == notifier.ReasonReminder {
		return m.Counts.Error + m.Counts.Warn
	}
	c := m.Counts
	return c.New + c.Raised + c.Lowered + c.Flapping + c.Stable
}

// OnlyNews returns the one alert that a reply is about.
func (m *Message) OnlyNews() (Item, bool) {
	if len(m.Items) != 1 || m.More > 0 {
		return Item{}, false
	}
	return m.Items[0], true
}
