package unittest

import (
	"strings"

	"tocsin/notifier"
)

// gates say, of the alerts of a name that people should know of at the end of the
// test, whom they go to and what holds them.
func (l *life) gates(name string) (all []string) {
	l.core.AlertViews(func(v notifier.AlertView) {
		if v.Alert.Name != name {
			return
		}
		text := nameOf(name, v.Labels) + " at the end: " + v.Alert.Level.String() + ", goes to " + orNobody(v.Receivers)
		if len(v.SilencedBy) > 0 {
			text += ", silenced by " + strings.Join(v.SilencedBy, ", ")
		}
		if len(v.InhibitedBy) > 0 {
			text += ", inhibited"
		}
		if len(v.MutedBy) > 0 {
			text += ", muted by " + strings.Join(v.MutedBy, ", ")
		}
		if v.Ack != nil {
			text += ", acknowledged by " + v.Ack.By
		}
		if v.Alert.Flapping {
			text += ", flapping"
		}
		all = append(all, text)
	})
	return all
}

func orNobody(all []string) string {
	if len(all) == 0 {
		return "nobody"
	}
	return strings.Join(all, ", ")
}
