package people

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	amlabels "github.com/prometheus/alertmanager/pkg/labels"

	"tocsin/notifier"
	"tocsin/rules"
)

// An Alert is an alert with what is known of it.
type Alert struct {
	Fingerprint string            `json:"fingerprint" doc:"Hash of the labels, as in Alertmanager"`
	Labels      map[string]string `json:"labels"`
	Annotations map[string]string `json:"annotations"`
	Level       string            `json:"level"               enum:"warn,error" doc:"What people should know"`
	Flapping    bool              `json:"flapping,omitempty"`
	Reason      string            `json:"reason"              doc:"Why it is as it is: breached, absent, no_data, …"`
	Value       string            `json:"value"               doc:"A number; NaN and +Inf happen"`
	Threshold   string            `json:"threshold,omitempty" doc:"A number; none if the rule has none"`
	Side        string            `json:"side"                enum:"present,above,below,outside"`
	Unit        string            `json:"unit,omitempty"`
	Versus      string            `json:"versus,omitempty"    doc:"Value and threshold in words"`
	Summary     string            `json:"summary,omitempty"`
	StartsAt    time.Time         `json:"startsAt"`
	LevelSince  time.Time         `json:"levelSince"`
	Episode     string            `json:"episode"             doc:"Names the time from raise to end"`
	Rule        string            `json:"rule"`
	Source      string            `json:"source,omitempty"`
	GraphURL    string            `json:"graphUrl,omitempty"`
	Receivers   []string          `json:"receivers"`
	HeldBy      Held              `json:"heldBy"`
}

// Held says what keeps an alert from being told.
type Held struct {
	Silences        []string         `json:"silences"      doc:"Ids of silences"`
	Inhibitors      []string         `json:"inhibitors"    doc:"Fingerprints of alerts"`
	TimeIntervals   []string         `json:"timeIntervals"`
	Acknowledgement *Acknowledgement `json:"acknowledgement,omitempty"`
}

// Any reports whether anything does.
func (h Held) Any() bool {
	return len(h.Silences)+len(h.Inhibitors)+len(h.TimeIntervals) > 0 || h.Acknowledgement != nil
}

// An Acknowledgement says who has taken an alert on.
type Acknowledgement struct {
	Level   string     `json:"level"             enum:"warn,error" doc:"A raise above it is told"`
	By      string     `json:"by"`
	Comment string     `json:"comment,omitempty"`
	At      time.Time  `json:"at"`
	Until   *time.Time `json:"until,omitempty"   doc:"None: until the episode ends"`
}

func newAcknowledgement(a *rules.Ack) *Acknowledgement {
	if a == nil {
		return nil
	}
	shape := &Acknowledgement{Level: a.Level.String(), By: a.By, Comment: a.Comment, At: a.At.Time().UTC()}
	if a.Until != 0 {
		until := a.Until.Time().UTC()
		shape.Until = &until
	}
	return shape
}

func (o Options) shapes(ctx context.Context, all []notifier.AlertView) []Alert {
	shapes := make([]Alert, 0, len(all))
	for i, d := range o.describe(ctx, all) {
		shapes = append(shapes, newAlert(all[i], d))
	}
	return shapes
}

func newAlert(v notifier.AlertView, d Description) Alert {
	a := v.Alert
	shape := Alert{
		Fingerprint: v.Fingerprint, Labels: v.Labels.Map(), Annotations: d.Annotations,
		Level: a.Notify.String(), Flapping: a.Flapping, Reason: string(a.Reason),
		Value: number(a.Value), Side: a.Side.String(), Unit: string(a.Unit), Versus: d.Versus, Summary: d.Summary,
		StartsAt: a.StartsAt.Time().UTC(), LevelSince: a.LevelSince.Time().UTC(), Episode: a.Episode,
		Rule: a.Rule, Source: a.Source, GraphURL: d.Graph, Receivers: list(v.Receivers),
		HeldBy: Held{list(v.SilencedBy), list(v.InhibitedBy), list(v.MutedBy), newAcknowledgement(v.Ack)},
	}
	if a.Side != rules.Present {
		shape.Threshold = number(a.Bound)
	}
	if shape.Annotations == nil {
		shape.Annotations = map[string]string{}
	}
	return shape
}

// number writes a number as Prometheus does.
func number(n rules.Number) string {
	b, _ := n.MarshalJSON() // it never fails
	return strings.Trim(string(b), `"`)
}

func matching(ms amlabels.Matchers) func(notifier.AlertView) bool {
	return func(v notifier.AlertView) bool { return rules.Matches(ms, v.Labels) }
}

// sortByLevel puts errors first, then what began first.
func sortByLevel(all []notifier.AlertView) {
	slices.SortFunc(all, func(a, b notifier.AlertView) int {
		return cmp.Or(cmp.Compare(b.Alert.Notify, a.Alert.Notify), cmp.Compare(a.Alert.StartsAt, b.Alert.StartsAt), compareViews(a, b))
	})
}
