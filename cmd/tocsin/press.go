package main

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"tocsin/notifier/attempt"
	"tocsin/notifier/slack"
	"tocsin/rules/file"
)

// fromSlack is the comment of what is done by a button.
const fromSlack = "from Slack"

// listeners hear the buttons of Slack, one for each app.
func (d *daemon) listeners(l *file.Loaded) (all []func(context.Context), err error) {
	var settings []slack.Settings
	for _, key := range slices.Sorted(maps.Keys(l.Slack)) {
		c := l.Slack[key]
		settings = append(settings, slackSettings(c, func(s file.Secret) attempt.Secret { return secretIn(l.Dir, s) }))
	}
	heard, err := slack.Listeners(settings, d.press, d.log)
	if err != nil {
		return nil, fmt.Errorf("slack receiver: %w", err)
	}
	for _, x := range heard {
		all = append(all, x.Run)
	}
	return all, nil
}

// press carries out what somebody wants by pressing a button.
func (d *daemon) press(ctx context.Context, a slack.Action) (string, error) {
	switch a.Kind {
	case slack.Acknowledge:
		return d.people().AckMessage(ctx, a.Episode, a.UserName, fromSlack)
	case slack.Silence:
		return d.people().SilenceMessage(ctx, a.Episode, a.UserName, fromSlack, a.For)
	}
	return "", fmt.Errorf("nobody knows how to %s", a.Kind)
}
