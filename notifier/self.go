package notifier

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/prometheus/common/model"

	"tocsin/evaluator"
	"tocsin/rules"
)

// Alerts about tocsin itself go where routes send them, or to the receiver that
// the configuration names for them. One about a receiver never goes to that
// receiver: it could not be told.

// ReceiverFailing is the name of the alert about an integration that can't be
// told. Its label receiver says whose it is.
const ReceiverFailing = "TocsinReceiverFailing"

// selfPlaces routes an alert about tocsin.
func (p *Planner) selfPlaces(a *alert, routed []place) []place {
	culprit := ""
	if a.Name == ReceiverFailing {
		culprit = p.culprit(a.Alert)
	}
	if p.cfg.SelfReceiver == "" {
		able := slices.DeleteFunc(slices.Clone(routed), func(pl place) bool { return pl.route.Receiver == culprit })
		if len(able) > 0 || len(routed) == 0 {
			return able
		}
	}
	if to := p.selfReceiver(culprit); to != "" && len(a.levels) > 0 {
		route := p.selfRoute(to)
		return []place{{route: route, group: route.GroupLabels(a.labels)}}
	}
	return nil
}

// culprit is the receiver that an alert is about, by the name that it has now.
func (p *Planner) culprit(a *evaluator.Alert) string {
	if o := p.outlets[strings.TrimPrefix(a.Instance, "receiver/")]; o != nil {
		return o.Receiver
	}
	return a.Labels.Get("receiver")
}

// selfReceiver says who is told of tocsin's own alerts, but for one.
func (p *Planner) selfReceiver(culprit string) string {
	able := func(name string) bool { return name != "" && name != culprit && len(p.by[name]) > 0 }
	for _, name := range []string{p.cfg.SelfReceiver, p.receivers[culprit].Fallback} {
		if able(name) {
			return name
		}
	}
	for _, r := range p.cfg.Receivers {
		if able(r.Name) {
			return r.Name
		}
	}
	return ""
}

// selfRoute is the route of tocsin's own alerts to a receiver that no route of the
// configuration leads them to.
func (p *Planner) selfRoute(receiver string) *rules.Route {
	route := p.selfRoutes[receiver]
	if route == nil {
		root := p.cfg.Route
		route = &rules.Route{
			ID: "self/" + receiver, Receiver: receiver, GroupBy: []string{model.AlertNameLabel},
			GroupWait: root.GroupWait, GroupInterval: root.GroupInterval,
			RepeatInterval: cmp.Or(root.RepeatInterval, defaultRepeat),
		}
		p.selfRoutes[receiver] = route
	}
	return route
}

const defaultRepeat = 4 * time.Hour
