package people

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"time"

	amlabels "github.com/prometheus/alertmanager/pkg/labels"

	"tocsin/notifier"
	"tocsin/rules"
)

// resolveTimeout is how far in the future an alert that fires ends, for clients
// that expect a time: Alertmanager's default for alerts that say none.
const resolveTimeout = 5 * time.Minute

// A GettableAlert is an alert as Alertmanager's API has it.
type GettableAlert struct {
	Labels       map[string]string `json:"labels"`
	Annotations  map[string]string `json:"annotations"`
	StartsAt     time.Time         `json:"startsAt"`
	EndsAt       time.Time         `json:"endsAt"`
	UpdatedAt    time.Time         `json:"updatedAt"`
	Fingerprint  string            `json:"fingerprint"`
	GeneratorURL string            `json:"generatorURL,omitempty"`
	Receivers    []named           `json:"receivers"`
	Status       alertStatus       `json:"status"`
}

type alertStatus struct {
	State       string   `json:"state"` // active or suppressed
	SilencedBy  []string `json:"silencedBy"`
	InhibitedBy []string `json:"inhibitedBy"`
	MutedBy     []string `json:"mutedBy"`
}

// An alertQuery is what is asked of alerts.
type alertQuery struct {
	filter                      amlabels.Matchers
	receiver                    *regexp.Regexp // nil: any
	active, silenced, inhibited bool
}

func readQuery(r *http.Request) (q alertQuery, err error) {
	if q.filter, err = parseFilter(r.URL.Query()["filter"]); err != nil {
		return q, err
	}
	if s := r.URL.Query().Get("receiver"); s != "" {
		if q.receiver, err = regexp.Compile("^(?:" + s + ")$"); err != nil {
			return q, fmt.Errorf("receiver: %w", err)
		}
	}
	for name, into := range map[string]*bool{"active": &q.active, "silenced": &q.silenced, "inhibited": &q.inhibited} {
		if *into, err = flag(r, name); err != nil {
			return q, fmt.Errorf("%s: %w", name, err)
		}
	}
	return q, nil
}

// wants reports whether an alert is asked for. None is ever unprocessed.
func (q alertQuery) wants(v notifier.AlertView) bool {
	suppressed := len(v.SilencedBy)+len(v.InhibitedBy) > 0
	switch {
	case !q.active && !suppressed, !q.silenced && len(v.SilencedBy) > 0, !q.inhibited && len(v.InhibitedBy) > 0:
		return false
	case q.receiver != nil && !slices.ContainsFunc(v.Receivers, q.receiver.MatchString):
		return false
	}
	return rules.Matches(q.filter, v.Labels)
}

func (o Options) getAlerts(w http.ResponseWriter, r *http.Request) {
	q, err := readQuery(r)
	if err != nil {
		fail(w, err)
		return
	}
	all, err := o.alerts(r.Context(), q.wants)
	if err != nil {
		fail(w, err)
		return
	}
	slices.SortFunc(all, compareViews)
	reply(w, http.StatusOK, o.gettable(r.Context(), all))
}

// gettable words alerts as Alertmanager's API does.
func (o Options) gettable(ctx context.Context, all []notifier.AlertView) []GettableAlert {
	shapes := make([]GettableAlert, 0, len(all))
	for i, d := range o.describe(ctx, all) {
		shapes = append(shapes, newGettable(all[i], d, o.now().UTC()))
	}
	return shapes
}

func newGettable(v notifier.AlertView, d Description, now time.Time) GettableAlert {
	a := GettableAlert{
		Labels: v.Labels.Map(), Annotations: d.Annotations, GeneratorURL: d.Graph, Fingerprint: v.Fingerprint,
		StartsAt: v.Alert.StartsAt.Time().UTC(), UpdatedAt: v.Alert.LevelSince.Time().UTC(), EndsAt: now.Add(resolveTimeout),
		Receivers: []named{},
		Status: alertStatus{
			State: "active", SilencedBy: list(v.SilencedBy), InhibitedBy: list(v.InhibitedBy), MutedBy: list(v.MutedBy),
		},
	}
	if a.Annotations == nil {
		a.Annotations = map[string]string{}
	}
	for _, name := range v.Receivers {
		a.Receivers = append(a.Receivers, named{name})
	}
	if len(v.SilencedBy)+len(v.InhibitedBy) > 0 {
		a.Status.State = "suppressed"
	}
	return a
}

// list is never null in JSON.
func list(s []string) []string {
	if s == nil {
		return []string{}
	}
	return s
}

// compareViews is an order that stays while alerts change: by fingerprint, and by
// rule and instance where two have the same labels.
func compareViews(a, b notifier.AlertView) int {
	return cmp.Or(strings.Compare(a.Fingerprint, b.Fingerprint), strings.Compare(a.Alert.Rule, b.Alert.Rule),
		strings.Compare(a.Alert.Instance, b.Alert.Instance))
}
