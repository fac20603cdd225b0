package people

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	amlabels "github.com/prometheus/alertmanager/pkg/labels"
	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"

	"tocsin/engine"
	"tocsin/notifier"
	"tocsin/rules"
)

// How people act on a message that they were sent: by its buttons, not by HTTP. A
// message is about an episode of a group.

// AckMessage takes on all that fires of a group's episode, and says what came of it.
func (o Options) AckMessage(ctx context.Context, episode, by, comment string) (string, error) {
	all, err := o.inMessage(ctx, episode)
	if err != nil {
		return "", err
	}
	in := engine.Acked{}
	for _, v := range all {
		ack, err := ackOf(v, rules.Ack{By: by, Comment: comment, At: o.at()})
		if err != nil {
			return "", err
		}
		in.Acks = append(in.Acks, ack)
	}
	return fmt.Sprintf("acknowledged by %s: %s", by, count(len(all), "alert")), o.do(ctx, in)
}

// SilenceMessage silences what all that fires of a group's episode has in common,
// for a while or, with 0, until it has resolved.
func (o Options) SilenceMessage(ctx context.Context, episode, by, comment string, d time.Duration) (string, error) {
	all, err := o.inMessage(ctx, episode)
	if err != nil {
		return "", err
	}
	s := rules.Silence{
		ID: newID(), Matchers: inCommon(all), StartsAt: o.at(), UpdatedAt: o.at(), EndsAt: o.at().Add(d),
		CreatedBy: by, Comment: comment,
	}
	span := "for " + model.Duration(d).String()
	if d == 0 {
		s.UntilResolved, s.EndsAt, span = true, o.at().Add(longest), "until resolved"
	}
	return fmt.Sprintf("silenced by %s %s: %s", by, span, s.Matchers), o.do(ctx, engine.Silenced{Silence: s})
}

// inMessage returns the alerts that fire in a group's episode.
func (o Options) inMessage(ctx context.Context, episode string) ([]notifier.AlertView, error) {
	all, err := o.alerts(ctx, func(v notifier.AlertView) bool {
		return slices.ContainsFunc(v.Groups, func(g notifier.Group) bool { return g.Episode == episode })
	})
	if err == nil && len(all) == 0 {
		err = errors.New("nothing that this message is about fires any more")
	}
	return all, err
}

// inCommon matches the labels that all alerts have with one value, but for the
// severity: an alert that gets worse or better stays the same alert.
func inCommon(all []notifier.AlertView) (ms amlabels.Matchers) {
	all[0].Labels.Range(func(l labels.Label) {
		everywhere := !slices.ContainsFunc(all, func(v notifier.AlertView) bool { return v.Labels.Get(l.Name) != l.Value })
		if everywhere && l.Name != "severity" {
			ms = append(ms, &amlabels.Matcher{Type: amlabels.MatchEqual, Name: l.Name, Value: l.Value})
		}
	})
	return ms
}

func count(n int, word string) string {
	if n == 1 {
		return "1 " + word
	}
	return fmt.Sprintf("%d %ss", n, word)
}
