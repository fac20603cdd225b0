package people

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	amlabels "github.com/prometheus/alertmanager/pkg/labels"
	"github.com/prometheus/common/model"

	"tocsin/engine"
	"tocsin/notifier"
	"tocsin/rules"
)

// A Selection says which alerts are meant: those that all of what it says
// selects. It says at least one thing.
type Selection struct {
	Matchers []Matcher `json:"matchers,omitempty" doc:"All of them match"`
	Alerts   []Which   `json:"alerts,omitempty"   doc:"Any of these"`
	Episode  string    `json:"episode,omitempty"  doc:"The alert of this episode, and no other time"`
}

// Which names an alert.
type Which struct {
	Fingerprint string `json:"fingerprint" minLength:"1"`
}

// keep says which alerts are selected.
func (s Selection) keep() (func(notifier.AlertView) bool, error) {
	var ms amlabels.Matchers
	var err error
	switch {
	case len(s.Matchers) > 0:
		if ms, err = ParseMatchers(s.Matchers); err != nil {
			return nil, err
		}
	case len(s.Alerts) == 0 && s.Episode == "":
		return nil, errors.New("which alerts? say matchers, alerts or episode")
	}
	return func(v notifier.AlertView) bool {
		named := len(s.Alerts) == 0 || slices.Contains(s.Alerts, Which{v.Fingerprint})
		return named && (s.Episode == "" || s.Episode == v.Alert.Episode) && rules.Matches(ms, v.Labels)
	}, nil
}

// selected finds the selected alerts, of which there is at least one.
func (o Options) selected(ctx context.Context, s Selection, also func(notifier.AlertView) bool, hint string) ([]notifier.AlertView, error) {
	keep, err := s.keep()
	if err != nil {
		return nil, err
	}
	all, err := o.alerts(ctx, func(v notifier.AlertView) bool { return keep(v) && also(v) })
	if err == nil && len(all) == 0 {
		err = fmt.Errorf("%w: %s", errUnknown, hint)
	}
	sortByLevel(all)
	return all, err
}

// Acknowledge takes alerts on.
type Acknowledge struct {
	Selection
	By      string     `json:"by,omitempty"      doc:"Who takes them on; with basic auth, the user's name stands before it"`
	Comment string     `json:"comment,omitempty"`
	Level   string     `json:"level,omitempty"   enum:"warn,error" doc:"Up to which level; none: each alert's own"`
	For     string     `json:"for,omitempty"     doc:"For how long, such as 2h; none: until the episode ends" example:"2h"`
	Until   *time.Time `json:"until,omitempty"   doc:"Until when, in place of for"`
}

// Acknowledged are alerts that somebody has taken on, or has given back.
type Acknowledged struct {
	Alerts []Alert `json:"alerts"`
}

func (o Options) listAcks(ctx context.Context, _ *struct{}) (*body[Acknowledged], error) {
	all, err := o.alerts(ctx, acknowledged)
	if err != nil {
		return nil, problem(err)
	}
	sortByLevel(all)
	return &body[Acknowledged]{Acknowledged{o.shapes(ctx, all)}}, nil
}

func acknowledged(v notifier.AlertView) bool { return v.Ack != nil }

func everyAlert(notifier.AlertView) bool { return true }

func (o Options) acknowledge(ctx context.Context, in *struct {
	Caller
	Body Acknowledge
},
) (*body[Acknowledged], error) {
	in.Body.By = o.who(in.request, in.Body.By)
	all, err := o.ack(ctx, in.Body)
	if err != nil {
		return nil, problem(err)
	}
	return &body[Acknowledged]{Acknowledged{o.shapes(ctx, all)}}, nil
}

// ack takes alerts on and returns them as they are then.
func (o Options) ack(ctx context.Context, a Acknowledge) ([]notifier.AlertView, error) {
	template, err := a.read(o.at())
	if err != nil {
		return nil, err
	}
	all, err := o.selected(ctx, a.Selection, everyAlert, "no alert that fires is meant; GET /api/tocsin/v1/alerts and `tocsin alerts` list them")
	if err != nil {
		return nil, err
	}
	acks := make([]rules.Ack, 0, len(all))
	for i := range all {
		ack, err := ackOf(all[i], template)
		if err != nil {
			return nil, err
		}
		acks = append(acks, ack)
		all[i].Ack = &ack
	}
	return all, o.do(ctx, engine.Acked{Acks: acks})
}

// read returns what all acknowledgements of a request have in common.
func (a Acknowledge) read(at model.Time) (rules.Ack, error) {
	ack := rules.Ack{By: a.By, Comment: a.Comment, At: at}
	if a.By == "" {
		return ack, errors.New("by whom? by is missing")
	}
	if a.Level != "" {
		level, err := rules.ParseLevel(a.Level)
		if err != nil {
			return ack, err
		}
		ack.Level = level
	}
	switch {
	case a.For != "" && a.Until != nil:
		return ack, errors.New("for and until say the same: give one of them")
	case a.For != "":
		d, err := model.ParseDuration(a.For)
		if err != nil {
			return ack, fmt.Errorf("for: %w", err)
		}
		ack.Until = at.Add(time.Duration(d))
	case a.Until != nil:
		ack.Until = stamp(*a.Until)
	default:
		return ack, nil
	}
	if ack.Until <= at {
		return ack, errors.New("an acknowledgement can't end in the past")
	}
	ack.Until = min(ack.Until, at.Add(forever))
	return ack, nil
}

// ackOf is the acknowledgement of one alert. One below the alert's own level
// would hold nothing back.
func ackOf(v notifier.AlertView, ack rules.Ack) (rules.Ack, error) {
	ack.Rule, ack.Instance, ack.Episode = v.Alert.Rule, v.Alert.Instance, v.Alert.Episode
	switch {
	case ack.Level == rules.OK:
		ack.Level = v.Alert.Notify
	case ack.Level < v.Alert.Notify:
		return ack, fmt.Errorf("%s is at %s: an acknowledgement up to %s would hold nothing back", v.Labels, v.Alert.Notify, ack.Level)
	}
	return ack, nil
}

func (o Options) unacknowledge(ctx context.Context, in *struct{ Body Selection }) (*body[Acknowledged], error) {
	all, err := o.selected(ctx, in.Body, acknowledged, "no alert that somebody has taken on is meant; GET /api/tocsin/v1/acknowledgements lists them")
	if err != nil {
		return nil, problem(err)
	}
	ids := make([]notifier.AlertID, 0, len(all))
	for i := range all {
		ids = append(ids, notifier.AlertID{Rule: all[i].Alert.Rule, Instance: all[i].Alert.Instance})
		all[i].Ack = nil
	}
	if err := o.do(ctx, engine.Unacked{Alerts: ids}); err != nil {
		return nil, problem(err)
	}
	return &body[Acknowledged]{Acknowledged{o.shapes(ctx, all)}}, nil
}
