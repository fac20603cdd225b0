package people_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"tocsin/engine"
	"tocsin/notifier"
	"tocsin/rules"
)

// inGroup puts an alert into an episode of a group.
func inGroup(v *notifier.AlertView, episode string) { v.Groups[0].Episode = episode }

// TestMessage: a button acts on all that fires in the message's episode, and on
// nothing else.
func TestMessage(t *testing.T) {
	d := newDaemon()
	inGroup(d.fire(rules.Warn, "alertname", "Slow", "route", "/pay", "team", "web"), "g1")
	inGroup(d.fire(rules.Error, "alertname", "Slow", "route", "/buy", "team", "web"), "g1")
	inGroup(d.fire(rules.Error, "alertname", "Down", "team", "web"), "g2")

	text, err := d.options().AckMessage(t.Context(), "g1", "ada", "from Slack")
	if err != nil || text != "acknowledged by ada: 2 alerts" {
		t.Errorf("ack: %q, %v", text, err)
	}
	acks := d.acts[0].(engine.Acked).Acks
	if len(acks) != 2 || acks[0].Level != rules.Warn || acks[1].Level != rules.Error || acks[0].By != "ada" {
		t.Errorf("acks: %+v", acks)
	}

	text, err = d.options().SilenceMessage(t.Context(), "g1", "ada", "from Slack", time.Hour)
	s := d.acts[1].(engine.Silenced).Silence
	if err != nil || text != `silenced by ada for 1h: {alertname="Slow",team="web"}` || s.UntilResolved || s.EndsAt.Sub(s.StartsAt) != time.Hour {
		t.Errorf("silence: %q, %v, %+v", text, err, s)
	}
	text, err = d.options().SilenceMessage(t.Context(), "g2", "ada", "from Slack", 0)
	if s = d.acts[2].(engine.Silenced).Silence; err != nil || !s.UntilResolved || !strings.Contains(text, "until resolved") {
		t.Errorf("silence until resolved: %q, %v, %+v", text, err, s)
	}
	if len(s.Matchers) != 2 { // alertname and team, never severity
		t.Errorf("matchers: %v", s.Matchers)
	}

	if _, err = d.options().AckMessage(t.Context(), "over", "ada", ""); err == nil || !strings.Contains(err.Error(), "nothing") {
		t.Errorf("an episode that is over: %v", err)
	}
	d.fails = errors.New("disk full")
	if _, err = d.options().AckMessage(t.Context(), "g1", "ada", ""); err == nil || !strings.Contains(err.Error(), "not kept") {
		t.Errorf("a store that fails: %v", err)
	}
}
