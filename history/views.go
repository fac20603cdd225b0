package history

import (
	"slices"
	"time"

	"tocsin/evaluator"
	"tocsin/notifier"
	"tocsin/rules"
)

// Views are the alerts that people should know of, as the notifier has them.
type views struct {
	all   map[notifier.AlertID]notifier.AlertView
	order []notifier.AlertID
}

func viewsOf(c core) views {
	v := views{all: map[notifier.AlertID]notifier.AlertView{}}
	c.AlertViews(func(a notifier.AlertView) {
		id := notifier.AlertID{Rule: a.Alert.Rule, Instance: a.Alert.Instance}
		v.all[id] = a
		v.order = append(v.order, id)
	})
	return v
}

// candidate is an instance as people name it: by the labels that they see, if they
// see any yet.
func (v views) candidate(r *rules.Rule, i evaluator.Instance) candidate {
	if a, ok := v.all[notifier.AlertID{Rule: r.Key, Instance: i.Key}]; ok {
		return shown(a)
	}
	return candidate{id: notifier.AlertID{Rule: r.Key, Instance: i.Key}, name: r.Alert, labels: i.Labels}
}

func shown(a notifier.AlertView) candidate {
	return candidate{
		id:      notifier.AlertID{Rule: a.Alert.Rule, Instance: a.Alert.Instance},
		episode: a.Alert.Episode, name: a.Alert.Name, labels: a.Labels, fingerprint: a.Fingerprint,
	}
}

// complete adds to subjects what holds them and the ways that they take.
func (v views) complete(c core, subjects []Subject) {
	lanes := map[string][]notifier.LaneState{} // by group
	c.Lanes(func(s notifier.LaneState) { lanes[s.Group.Key] = append(lanes[s.Group.Key], s) })
	silences := map[string]rules.Silence{}
	c.Silences(func(s notifier.SilenceStatus) { silences[s.ID] = s.Silence })
	for n := range subjects {
		s := &subjects[n]
		if s.Instance.Alert == nil {
			continue
		}
		a, ok := v.all[notifier.AlertID{Rule: s.Instance.Alert.Rule, Instance: s.Instance.Key}]
		if !ok {
			continue
		}
		s.Holds, s.Receivers = v.holds(a, silences), a.Receivers
		for _, g := range a.Groups {
			s.Lanes = append(s.Lanes, lanes[g.Key]...)
		}
	}
}

// holds says what keeps an alert from being told.
func (v views) holds(a notifier.AlertView, silences map[string]rules.Silence) (all []Hold) {
	for _, id := range a.SilencedBy {
		all = append(all, silenceHold(id, silences))
	}
	for _, alert := range a.InhibitedBy {
		all = append(all, Hold{Gate: "inhibition", By: v.named(alert)})
	}
	for _, by := range a.MutedBy {
		all = append(all, Hold{Gate: "mute time", By: by})
	}
	if a.Ack != nil {
		all = append(all, ackHold(a.Ack))
	}
	return all
}

func silenceHold(id string, silences map[string]rules.Silence) Hold {
	h := Hold{Gate: "silence", By: id}
	s, ok := silences[id]
	if !ok {
		return h
	}
	h.By = s.CreatedBy + ", " + s.Comment + " (" + id + ")"
	h.Since, h.Until, h.UntilResolved = stamp(s.StartsAt), stamp(s.EndsAt), s.UntilResolved
	return h
}

func ackHold(a *rules.Ack) Hold {
	h := Hold{Gate: "acknowledgement", By: a.By, Level: a.Level, Since: stamp(a.At), Until: stamp(a.Until), UntilResolved: true}
	if a.Comment != "" {
		h.By += ", " + a.Comment
	}
	return h
}

// named finds the alert of a fingerprint.
func (v views) named(fingerprint string) string {
	n := slices.IndexFunc(v.order, func(id notifier.AlertID) bool { return v.all[id].Fingerprint == fingerprint })
	if n < 0 {
		return fingerprint
	}
	a := v.all[v.order[n]]
	return a.Alert.Name + " " + pairs(a.Labels.Map())
}

// words say what holds, since when and for how long.
func (h Hold) words(now time.Time) string {
	text := "held back by " + h.Gate + ": " + h.By
	if h.Level > rules.OK {
		text += ", up to " + h.Level.String()
	}
	if !h.Since.IsZero() {
		text += "; since " + ago(h.Since, now)
	}
	switch {
	case h.UntilResolved && h.Until.IsZero():
		text += "; until it resolves"
	case h.UntilResolved:
		text += "; until it resolves, or " + ago(h.Until, now)
	case !h.Until.IsZero():
		text += "; until " + ago(h.Until, now)
	}
	return text
}
