package notifier

import (
	"hash/fnv"
	"slices"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"

	"tocsin/evaluator"
	"tocsin/rules"
)

// An AlertView is an alert that people should know of, as pages show it.
type AlertView struct {
	Alert  evaluator.Alert
	Labels labels.Labels // as people see them
	// Fingerprint is the hash of Labels by which Alertmanager's API names an alert.
	Fingerprint string
	SilencedBy  []string // ids of silences
	InhibitedBy []string // fingerprints of alerts
	MutedBy     []string // time intervals by name, or "outside a, b" of active ones; of any of its groups
	Ack         *rules.Ack
	Groups      []Group
	Receivers   []string // sorted
}

// Alerts calls f for each alert that people should know of, in the order of their
// rules and instances.
func (p *Planner) Alerts(f func(AlertView)) {
	for _, key := range sortedKeys(p.alerts) {
		f(p.view(p.alerts[key]))
	}
}

func (p *Planner) view(a *alert) AlertView {
	v := AlertView{
		Alert: *a.Alert, Labels: a.labels, Fingerprint: Fingerprint(a.labels),
		SilencedBy: a.hold.silences, Ack: a.hold.ack,
	}
	if by := p.alerts[p.inhibitorOf(alertKey(a.Alert), a)]; by != nil {
		v.InhibitedBy = []string{Fingerprint(by.labels)}
	}
	for _, g := range a.groups {
		v.Groups = append(v.Groups, g.Group)
		v.Receivers = append(v.Receivers, g.route.Receiver)
		if by, muted := g.route.Muted(p.at); muted {
			v.MutedBy = append(v.MutedBy, by)
		}
	}
	for _, g := range a.left {
		if g.digest && g.minds(alertKey(a.Alert)) {
			v.Groups = append(v.Groups, g.Group)
		}
	}
	slices.Sort(v.Receivers)
	v.Receivers = slices.Compact(v.Receivers)
	return v
}

// Fingerprint is the hash of labels by which Alertmanager names an alert: FNV-1a
// over names and values in the order of names, as common/model has it.
func Fingerprint(ls labels.Labels) string {
	h := fnv.New64a()
	b := make([]byte, 0, 1024)
	ls.Range(func(l labels.Label) {
		b = append(append(b, l.Name...), model.SeparatorByte)
		b = append(append(b, l.Value...), model.SeparatorByte)
	})
	_, _ = h.Write(b)
	return model.Fingerprint(h.Sum64()).String()
}
