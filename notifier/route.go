package notifier

import (
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/model/relabel"

	"tocsin/evaluator"
	"tocsin/rules"
)

// A place is a route that catches an alert, and the group that it falls in.
type place struct {
	route *rules.Route
	group labels.Labels
}

// key names the group.
func (pl place) key() string { return pl.route.ID + ":" + pl.group.String() }

// places routes an alert. Routing runs once for each level at or below the one
// to be known, and the results are united: who hears of warnings goes on hearing
// of an alert that became an error.
//
// Within a route, the labels at the lowest level that it catches name the group.
// With `group_by: [severity]` an alert stays so in the group of its warning when
// it is raised, and its RESOLVED goes where its problem went.
//
// Without a place there is a reason.
func (p *Planner) places(a *alert) ([]place, string) {
	var all []place
	p.dress(a)
	for _, ls := range a.levels {
		for _, route := range p.cfg.Route.Match(ls) {
			if !has(all, route) {
				all = append(all, place{route: route, group: route.GroupLabels(ls)})
			}
		}
	}
	if a.Rule == rules.SelfRule {
		all = p.selfPlaces(a, all)
	}
	switch {
	case a.Notify == rules.OK:
		return nil, "it was told to nobody"
	case len(a.levels) == 0:
		return nil, "dropped by alert_relabel_configs"
	case len(all) == 0:
		return nil, "no route"
	}
	return all, "its receiver has no integrations"
}

// placesOf routes an alert that nobody remembers.
func (p *Planner) placesOf(a *evaluator.Alert) ([]place, string) { return p.places(&alert{Alert: a}) }

// dress gives an alert the labels that people see, at each of its levels.
func (p *Planner) dress(a *alert) {
	for _, l := range levelsOf(a.Alert) {
		if ls, ok := p.labels(a.Alert, l); ok {
			a.labels, a.levels = ls, append(a.levels, ls)
		}
	}
}

func has(all []place, route *rules.Route) bool {
	for _, pl := range all {
		if pl.route == route {
			return true
		}
	}
	return false
}

// levelsOf returns the levels at which an alert is routed, lowest first: those
// that its rule has, and the one it is at, which absence may have raised beyond
// them.
func levelsOf(a *evaluator.Alert) []rules.Level {
	var ls []rules.Level
	for _, l := range []rules.Level{rules.Warn, rules.Error} {
		if l == a.Notify || l < a.Notify && a.Has&(1<<l) != 0 {
			ls = append(ls, l)
		}
	}
	return ls
}

// labels returns the labels that people see of an alert at a level, as
// Prometheus makes them before it sends: external labels fill gaps and override
// nothing, then alert_relabel_configs. It is false if those drop the alert.
func (p *Planner) labels(a *evaluator.Alert, l rules.Level) (labels.Labels, bool) {
	b := labels.NewBuilder(a.Labels)
	if a.Labels.Get(labels.AlertName) == "" {
		b.Set(labels.AlertName, a.Name)
	}
	if a.FixedSeverity != "" {
		b.Set("severity", a.FixedSeverity)
	} else {
		b.Set("severity", p.cfg.Severity.Of(l))
	}
	p.cfg.ExternalLabels.Range(func(x labels.Label) {
		if b.Get(x.Name) == "" {
			b.Set(x.Name, x.Value)
		}
	})
	if !relabel.ProcessBuilder(b, p.cfg.AlertRelabel...) {
		return labels.EmptyLabels(), false
	}
	return b.Labels(), true
}
