package e2e

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"tocsin/e2e/eventually"
	"tocsin/notifier/slack/slacktest"
)

// bot is the receiver's one further integration: Slack's bot, with a token that
// is read from a file.
func (p *people) bot(home string) string {
	_, yaml, _ := strings.Cut(p.yaml, "{app_token: "+botToken)
	line, _, _ := strings.Cut(yaml, "\n")
	return "\n    slack_configs:\n      - {app_token_file: " + home + line + "\n"
}

// talk waits until the bot's channel holds something as it should.
func (p *people) talk(t *testing.T, check func([]slacktest.Message) error) {
	t.Helper()
	eventually.Nil(t, patience, func() error {
		err := check(p.posts(slackBot))
		if err != nil {
			err = fmt.Errorf("%w; refused: %q", err, p.slack.Refused())
		}
		return err
	})
}

// says waits for a text in so many messages, which may be edited.
func (p *people) says(t *testing.T, n int, text string) []slacktest.Message {
	t.Helper()
	var all []slacktest.Message
	p.talk(t, func(m []slacktest.Message) error {
		if all = m; len(m) != n || !strings.Contains(string(m[n-1].Payload), text) {
			return fmt.Errorf("%d messages, want %d, of which the last says %q: %+v", len(m), n, text, m)
		}
		return nil
	})
	return all
}

// TestF28MessageDeleted: when the message that is to be edited was deleted, what
// there is to say is posted anew, and that one is edited from then on.
func TestF28MessageDeleted(t *testing.T) {
	t.Parallel()
	w, people := newWorld(t), newPeople(t)
	w.set(`load{i="a"}`, 75)
	w.home(t, setup{receivers: people.yaml}, loadRules(70, 90)).Start()
	first := people.says(t, 1, "75")[0]
	if !people.slack.Delete(slackBot, first.TS) {
		t.Fatal("there was nothing to delete")
	}
	w.gauges.Set(`load{i="a"}`, 95)
	second := people.says(t, 2, "95")[1]
	if second.ThreadTS != "" {
		t.Errorf("the answer to a message that is gone: %+v", second)
	}
	w.gauges.Set(`load{i="a"}`, 10)
	people.talk(t, func(all []slacktest.Message) error {
		if len(all) != 3 || len(all[1].Edits) == 0 || !strings.Contains(all[1].Text, "RESOLVED") || all[2].ThreadTS != second.TS {
			return fmt.Errorf("not edited and answered: %+v", all)
		}
		return nil
	})
	if all := people.posts(slackBot); !all[0].Deleted || len(all[0].Edits) > 0 {
		t.Errorf("the deleted one: %+v", all[0])
	}
}

// TestF29LongText: what is longer than Slack takes is cut to fit, with a link to
// the rest, and taken at once.
func TestF29LongText(t *testing.T) {
	t.Parallel()
	w, people := newWorld(t), newPeople(t)
	const groups = 60
	for i := range groups {
		w.gauges.Set(fmt.Sprintf(`load{n="%s%02d"}`, strings.Repeat("n", 500), i), 75)
	}
	w.prom.Await("count(load)", groups)
	long := strings.Repeat("long words & <marks> of ", 600)
	rules := strings.Replace(loadRules(70, 90), "'load of", "'"+long+"load of", 1)
	w.home(t, setup{receivers: people.yaml, top: "\nexternal_url: https://tocsin.example.org"}, rules).Start()
	for where, text := range people.told(t, 1) {
		if !strings.Contains(text, "HighLoad") || !strings.Contains(text, "60 alerts") {
			t.Errorf("%s does not say that there are 60:\n%.3000s", where, text)
		}
		if strings.HasPrefix(where, "Slack") && (!strings.Contains(text, "…") || !strings.Contains(text, "https://tocsin.example.org")) {
			t.Errorf("%s is not cut, or without a link:\n%.3000s", where, text)
		}
	}
	if refused := people.slack.Refused(); len(refused) > 0 {
		t.Errorf("Slack refused %q", refused)
	}
}

// TestF03ThrottledAndOver: what is over before Slack's 429 is leaves no message if
// nobody was told, and one with the truth if somebody was.
func TestF03ThrottledAndOver(t *testing.T) {
	t.Parallel()
	w, people := newWorld(t), newPeople(t)
	limited := slacktest.Fault{Method: "chat.postMessage", Status: 429, RetryAfter: 4 * time.Second}
	people.slack.Fail(limited)
	w.set(`load{i="a"}`, 75)
	home := w.home(t, setup{}, loadRules(70, 90))
	home.Write("tocsin.yaml", w.config(setup{receivers: people.bot("token")}))
	home.Write("token", botToken)
	home.Start()
	w.expect(t, 0, "HighLoad a warn")
	eventually.Nil(t, patience, people.asked)
	w.gauges.Set(`load{i="a"}`, 10)
	w.expect(t, 1, "HighLoad a resolved")
	eventually.Never(t, 5*time.Second, func() error {
		if all := people.posts(slackBot); len(all) > 0 {
			return fmt.Errorf("told %+v", all)
		}
		return nil
	})

	w.gauges.Set(`load{i="a"}`, 75)
	root := people.says(t, 1, "75")[0]
	people.slack.Fail(limited)
	w.gauges.Set(`load{i="a"}`, 95)
	w.expect(t, 3, "HighLoad a error")
	w.gauges.Set(`load{i="a"}`, 10)
	w.expect(t, 4, "HighLoad a resolved")
	all := people.says(t, 2, "RESOLVED")
	if all[1].ThreadTS != root.TS || strings.Contains(string(all[1].Payload), "raised") {
		t.Errorf("the truth was not told: %+v", all[1])
	}
	w.quiet(t, 2*time.Second)
	people.says(t, 2, "RESOLVED")
}

func (p *people) asked() error {
	if p.slack.Requests() == 0 {
		return fmt.Errorf("Slack was not asked yet")
	}
	return nil
}

// TestF38SlackTokenRotates: a token that Slack takes no more is reported and the
// fallback told in its place; the file is read again at each attempt.
func TestF38SlackTokenRotates(t *testing.T) {
	t.Parallel()
	w, people := newWorld(t), newPeople(t)
	w.set(`load{i="a"}`, 75)
	yaml := "  - name: bot\n    fallback: all" + people.bot("token")
	home := w.home(t, setup{}, loadRules(70, 90))
	home.Write("tocsin.yaml", w.config(setup{
		receivers: yaml, route: "\n  routes: [{receiver: bot, matchers: [alertname=HighLoad]}]",
	}))
	home.Write("token", "xoxb-0-old")
	home.Start()
	w.await(t, "TocsinReceiverFailing  error")
	w.await(t, "HighLoad a warn") // in its place
	if all := people.posts(slackBot); len(all) > 0 {
		t.Fatalf("Slack took %+v", all)
	}
	home.Write("token", botToken)
	w.gauges.Set(`load{i="a"}`, 95)
	people.says(t, 1, "95")
	w.await(t, "TocsinReceiverFailing  resolved")
	w.gauges.Set(`load{i="a"}`, 10)
	people.talk(t, func(all []slacktest.Message) error {
		if !strings.Contains(all[0].Text, "RESOLVED") {
			return fmt.Errorf("it is not over: %+v", all)
		}
		return nil
	})
}
