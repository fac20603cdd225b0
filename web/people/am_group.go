package people

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"slices"

	"github.com/prometheus/prometheus/model/labels"

	"tocsin/notifier"
	"tocsin/rules"
)

// An AlertGroup is a group as Alertmanager's API has it.
type AlertGroup struct {
	Labels   map[string]string `json:"labels"`
	Receiver named             `json:"receiver"`
	Alerts   []GettableAlert   `json:"alerts"`
}

func (o Options) getGroups(w http.ResponseWriter, r *http.Request) {
	q, err := readQuery(r)
	muted, bad := flag(r, "muted")
	if err = errors.Join(err, bad); err != nil {
		fail(w, err)
		return
	}
	receiver := q.receiver
	q.receiver = nil // it is asked of groups
	all, err := o.alerts(r.Context(), func(v notifier.AlertView) bool { return q.wants(v) && (muted || len(v.MutedBy) == 0) })
	if err != nil {
		fail(w, err)
		return
	}
	slices.SortFunc(all, compareViews)
	groups := o.groups(r.Context(), all)
	groups = slices.DeleteFunc(groups, func(g AlertGroup) bool { return receiver != nil && !receiver.MatchString(g.Receiver.Name) })
	reply(w, http.StatusOK, groups)
}

// groups gathers alerts by their groups, sorted by labels and receiver.
func (o Options) groups(ctx context.Context, all []notifier.AlertView) []AlertGroup {
	receivers := o.receiversOfRoutes()
	shapes := o.gettable(ctx, all)
	found := map[string]*AlertGroup{}
	byKey := map[string]labels.Labels{}
	for i, v := range all {
		for _, g := range v.Groups {
			if found[g.Key] == nil {
				found[g.Key] = &AlertGroup{Labels: g.Labels.Map(), Receiver: named{receivers[g.Route]}}
				byKey[g.Key] = g.Labels
			}
			found[g.Key].Alerts = append(found[g.Key].Alerts, shapes[i])
		}
	}
	keys := make([]string, 0, len(found))
	for key := range found { // sorted below
		keys = append(keys, key)
	}
	slices.SortFunc(keys, func(a, b string) int {
		return cmp.Or(labels.Compare(byKey[a], byKey[b]), cmp.Compare(found[a].Receiver.Name, found[b].Receiver.Name), cmp.Compare(a, b))
	})
	groups := make([]AlertGroup, 0, len(keys))
	for _, key := range keys {
		groups = append(groups, *found[key])
	}
	return groups
}

// receiversOfRoutes returns the receiver of each route by the route's id.
func (o Options) receiversOfRoutes() map[string]string {
	all := map[string]string{}
	var walk func(r *rules.Route)
	walk = func(r *rules.Route) {
		all[r.ID] = r.Receiver
		for _, child := range r.Routes {
			walk(child)
		}
	}
	if cfg := o.config(); cfg != nil {
		walk(cfg.Route)
	}
	return all
}
