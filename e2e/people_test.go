package e2e

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"tocsin/e2e/eventually"
	"tocsin/notifier/email/mailtest"
	"tocsin/notifier/slack/slacktest"
)

// TestF01HangingMail: a mail server that takes a connection and falls silent
// delays neither Slack nor the webhook.
func TestF01HangingMail(t *testing.T) {
	t.Parallel()
	w, people := newWorld(t), newPeople(t)
	people.mail.Fail(slices.Repeat([]mailtest.Fault{{Phase: mailtest.Hello, Hang: true}}, 100)...)
	w.set(`load{i="a"}`, 10)
	w.home(t, setup{receivers: people.yaml}, loadRules(70, 90)).Start()
	w.quiet(t, time.Second)
	for n, step := range []struct {
		value float64
		says  string
	}{{75, "HighLoad a warn"}, {95, "HighLoad a error"}, {10, "HighLoad a resolved"}} {
		began := time.Now()
		w.gauges.Set(`load{i="a"}`, step.value)
		w.expect(t, n, step.says)
		eventually.Nil(t, patience, func() error {
			if got := len(people.posts(slackBot)); got != n+1 {
				return fmt.Errorf("%d messages by Slack's bot, want %d", got, n+1)
			}
			return nil
		})
		if took := time.Since(began); took > 10*time.Second {
			t.Errorf("%s took %v beside a mail server that hangs", step.says, took)
		}
	}
	if people.mail.Sessions() == 0 {
		t.Error("the mail server was never tried")
	}
}

// TestF02SlackRateLimit: a 429 of Slack is tried again at Retry-After, and
// delays nobody else.
func TestF02SlackRateLimit(t *testing.T) {
	t.Parallel()
	w, people := newWorld(t), newPeople(t)
	limited := slacktest.Fault{Status: 429, RetryAfter: 3 * time.Second}
	people.slack.Fail(limited, limited) // one for each of the two ways
	w.set(`load{i="a"}`, 75)
	began := time.Now()
	w.home(t, setup{receivers: people.yaml}, loadRules(70, 90)).Start()
	told := w.expect(t, 0, "HighLoad a warn")[0].At
	people.told(t, 1)
	at := people.posts(slackBot)[0].At
	if at.Sub(began) < 3*time.Second {
		t.Errorf("Slack was tried again after %v, and asked for 3 s", at.Sub(began))
	}
	if told.After(at) {
		t.Error("the webhook waited for Slack")
	}
}

// TestF10RejectedRecipient: one address that the server refuses for good does
// not cost the other its mail, and the mail is not sent again.
func TestF10RejectedRecipient(t *testing.T) {
	t.Parallel()
	w, people := newWorld(t), newPeople(t)
	people.mail.Reject("bob@example.org", 550, "no such user")
	w.set(`load{i="a"}`, 75)
	home := w.home(t, setup{receivers: people.yaml}, loadRules(70, 90))
	d := home.Start()
	people.told(t, 1)
	w.quiet(t, 5*time.Second)
	mails := people.mail.Mails()
	if len(mails) != 1 || len(mails[0].To) != 1 || !strings.Contains(mails[0].To[0], "ada@example.org") {
		t.Errorf("the server took %+v, want one mail to ada", mails)
	}
	if !strings.Contains(d.Output(), "bob@example.org") {
		t.Errorf("the log doesn't say that bob was rejected:\n%s", d.Output())
	}
}

// TestF02MailThrottled: a mail server that says "later", at each point of a
// transaction, has the mail later, and once.
func TestF02MailThrottled(t *testing.T) {
	t.Parallel()
	w, people := newWorld(t), newPeople(t)
	for _, phase := range []mailtest.Phase{mailtest.Hello, mailtest.From, mailtest.Rcpt, mailtest.Content} {
		people.mail.Fail(mailtest.Fault{Phase: phase, Code: 451})
	}
	w.set(`load{i="a"}`, 75)
	w.home(t, setup{receivers: people.yaml}, loadRules(70, 90)).Start()
	people.told(t, 1)
	w.quiet(t, 2*time.Second)
	people.told(t, 1)
	if n := people.mail.Sessions(); n < 4 {
		t.Errorf("%d sessions: it did not say \"later\" each time", n)
	}
}
