package slack

import (
	"context"
	"strings"
	"testing"
	"time"

	"tocsin/notifier"
	"tocsin/notifier/message"
	"tocsin/notifier/message/messagetest"
	"tocsin/notifier/slack/slacktest"
)

// deliver makes one attempt at a delivery.
func deliver(t *testing.T, s *Sender, d notifier.Delivery) notifier.Settled {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), plenty)
	defer cancel()
	end := s.Send(ctx, d)
	if strings.Contains(end.Error, "very-secret") {
		t.Errorf("a secret is in %q", end.Error)
	}
	return end
}

func bot(t *testing.T, w *world, change func(*Settings)) *Sender {
	t.Helper()
	s := w.bot()
	if change != nil {
		change(&s)
	}
	sender, err := New(s, message.NewMaker(renderer(t), nil))
	if err != nil {
		t.Fatal(err)
	}
	return sender
}

// thread returns the case of that name, about a message that was posted.
func thread(t *testing.T, name, root string) notifier.Delivery {
	t.Helper()
	for _, c := range append(messagetest.Cases(), messagetest.ThreadCases()...) {
		if c.Name == name {
			if c.Delivery.Effect != notifier.Post {
				c.Delivery.Root = root
			}
			return c.Delivery
		}
	}
	t.Fatalf("no case %q", name)
	return notifier.Delivery{}
}

// A message from its posting until another one follows it.
func TestLife(t *testing.T) {
	w := newWorld(t, slacktest.Options{Token: token, Channels: []string{"#web"}})
	s := bot(t, w, func(s *Settings) { s.Username, s.IconEmoji = "tocsin", ":bell:" })
	root := deliver(t, s, thread(t, "first-error", "")).Handle
	for _, c := range []struct {
		why, name, text string
		messages        int // that there are then
		edits           int // of the first
	}{
		{"what got worse is seen in the channel", "broadcast-raised", "raised from warn", 2, 0},
		{"the message says what is so", "edit", "2 alerts (1 error, 1 warn)", 2, 1},
		{"what got better is said in the thread", "reply-lowered", "lowered from error", 3, 1},
		{"in the end it says so", "edit-resolved", "*RESOLVED*", 3, 2},
	} {
		end := deliver(t, s, thread(t, c.name, root))
		all := w.slack.Messages()
		if end.Outcome != notifier.Delivered || end.Gone || end.Error != "" || len(all) != c.messages || len(all[0].Edits) != c.edits {
			t.Fatalf("%s: %+v, %d messages, %d edits", c.why, end, len(all), len(all[0].Edits))
		}
		d := thread(t, c.name, root)
		got := all[len(all)-1]
		if d.Effect == notifier.Edit {
			got = all[0]
			if end.Handle != root {
				t.Errorf("%s: handle %q", c.why, end.Handle)
			}
		} else if got.ThreadTS != all[0].TS || got.Broadcast != (d.Effect == notifier.Broadcast) || end.Handle != got.ID+":"+got.TS {
			t.Errorf("%s: thread %q, broadcast %v, handle %q", c.why, got.ThreadTS, got.Broadcast, end.Handle)
		}
		if !strings.Contains(got.Text, c.text) || !strings.Contains(string(got.Payload), `"`+d.ID+`"`) {
			t.Errorf("%s: %s", c.why, got.Payload)
		}
	}
	next := deliver(t, s, thread(t, "first", "")).Handle
	d := thread(t, "moved", root)
	d.Next = next
	if end := deliver(t, s, d); end.Outcome != notifier.Delivered || end.Handle != root {
		t.Errorf("moved: %+v", end)
	}
	link := "https://example.slack.com/archives/" + strings.NewReplacer(":", "/p", ".", "").Replace(next)
	if got := w.slack.Messages()[0]; !strings.Contains(got.Text, "<"+link+"|continued in a newer message>") {
		t.Errorf("moved to %s: %s", link, got.Text)
	}
	if refused := w.slack.Refused(); len(refused) > 0 {
		t.Errorf("refused %v", refused)
	}
}

// The old message tells where the new one is even when Slack doesn't.
func TestMovedWithoutPermalink(t *testing.T) {
	for _, fault := range []slacktest.Fault{
		{Method: "chat.getPermalink", Error: "channel_not_found"},
		{Method: "chat.getPermalink", Status: 503},
		{Method: "chat.getPermalink", Status: 200, Body: `{"ok":true,"permalink":"javascript:alert(1)"}`},
	} {
		w := newWorld(t, slacktest.Options{})
		s := bot(t, w, nil)
		d := thread(t, "moved", deliver(t, s, thread(t, "first", "")).Handle)
		w.slack.Fail(fault)
		end := deliver(t, s, d)
		if got := w.slack.Messages()[0].Text; end.Outcome != notifier.Delivered || !strings.Contains(got, "<https://slack.com/archives/C0123456789/p1795443000000007|") {
			t.Errorf("%+v: %+v %s", fault, end, got)
		}
	}
}

// Whoever deletes the message, nothing is lost: the planner learns that it is
// gone.
func TestF28Deleted(t *testing.T) {
	w := newWorld(t, slacktest.Options{})
	s := bot(t, w, nil)
	root := deliver(t, s, thread(t, "first", "")).Handle
	at, _ := placeOf(root)
	if !w.slack.Delete(at.channel, at.ts) {
		t.Fatal("nothing was deleted")
	}
	for _, name := range []string{"edit", "reply-lowered", "broadcast-raised", "moved"} {
		if end := deliver(t, s, thread(t, name, root)); end.Outcome != notifier.Rejected || !end.Gone || !strings.Contains(end.Error, "not_found") {
			t.Errorf("%s: %+v", name, end)
		}
	}
	before := w.slack.Requests()
	for _, root := range []string{"", "#web", ":", "C1:"} {
		if end := deliver(t, s, thread(t, "edit", root)); end.Outcome != notifier.Rejected || !end.Gone {
			t.Errorf("root %q: %+v", root, end)
		}
	}
	if n := w.slack.Requests() - before; n > 0 {
		t.Errorf("%d requests about no message", n)
	}
}

// What Slack says of an edit or an answer that it does not take.
func TestThreadErrors(t *testing.T) {
	for _, c := range []struct {
		code string
		want notifier.Outcome
		gone bool
	}{
		{"message_not_found", notifier.Rejected, true},
		{"cant_update_message", notifier.Rejected, true},
		{"edit_window_closed", notifier.Rejected, true},
		{"thread_not_found", notifier.Rejected, true},
		{"invalid_thread_ts", notifier.Rejected, true},
		{"cannot_reply_to_message", notifier.Rejected, true},
		{"channel_not_found", notifier.Rejected, false},
		{"is_archived", notifier.Rejected, false},
		{"invalid_blocks", notifier.Rejected, false},
		{"ratelimited", notifier.Refused, false},
		{"fatal_error", notifier.Unknown, false},
	} {
		w := newWorld(t, slacktest.Options{})
		s := bot(t, w, nil)
		root := deliver(t, s, thread(t, "first", "")).Handle
		for _, name := range []string{"edit", "reply-lowered", "broadcast-raised"} {
			w.slack.Fail(slacktest.Fault{Error: c.code})
			if end := deliver(t, s, thread(t, name, root)); end.Outcome != c.want || end.Gone != c.gone {
				t.Errorf("%s of %s: %v, gone %v", c.code, name, end.Outcome, end.Gone)
			}
		}
		w.slack.Fail(slacktest.Fault{Error: c.code})
		if end := deliver(t, s, thread(t, "first", "")); end.Gone {
			t.Errorf("%s of a post: gone", c.code)
		}
	}
}

// Edits have a limit of their own.
func TestEditLimit(t *testing.T) {
	now := time.Unix(1795356600, 0)
	w := newWorld(t, slacktest.Options{Edits: 2, Now: func() time.Time { return now }})
	s := bot(t, w, nil)
	root := deliver(t, s, thread(t, "first", "")).Handle
	for n, want := range []notifier.Outcome{notifier.Delivered, notifier.Delivered, notifier.Refused} {
		if end := deliver(t, s, thread(t, "edit", root)); end.Outcome != want || want == notifier.Refused && end.RetryAfter != time.Minute {
			t.Errorf("edit %d: %+v", n, end)
		}
	}
}

// A message has buttons only where somebody hears them, and while they mean
// something.
func TestButtons(t *testing.T) {
	heard, ack, silence := buttoned(), ackID, silenceID
	deaf := heard
	deaf.AppToken.Value = ""
	for _, c := range []struct {
		why, name string
		s         Settings
		want, not []string
	}{
		{"both", "first", heard, []string{ack, silence, "until resolved"}, nil},
		{"nobody hears them", "first", deaf, nil, []string{ack, silence}},
		{"acknowledged already", "edit-acknowledged", heard, []string{"✅ acknowledged by ada", silence}, []string{ack}},
		{"silenced already", "edit-silenced", heard, []string{"🔕 silenced by bob", ack}, []string{silence}},
		{"held for several reasons", "held", heard, []string{ack, silence}, []string{"✅", "🔕"}},
		{"over", "edit-resolved", heard, nil, []string{ack, silence}},
		{"an answer has none", "broadcast-raised", heard, nil, []string{ack, silence}},
		{"a digest has no episode", "digest", heard, nil, []string{ack, silence}},
		{"so it is when it has moved", "moved", heard, nil, []string{ack, silence}},
	} {
		d := thread(t, c.name, messagetest.Root)
		m, _ := renderer(t).Render(d, mostItems, nil)
		body := string(form(c.s, d, m))
		for _, want := range c.want {
			if strings.Count(body, want) != 1 {
				t.Errorf("%s: %q is there %d times in\n%s", c.why, want, strings.Count(body, want), body)
			}
		}
		for _, not := range c.not {
			if strings.Contains(body, not) {
				t.Errorf("%s: %q is in\n%s", c.why, not, body)
			}
		}
	}
	if Reference("e", "a") == Reference("e", "b") || Reference("e", "a") == Reference("f", "a") {
		t.Error("two references are the same")
	}
}

// A user's title is that of answers too; one that fails leaves it to us.
func TestReplyTitle(t *testing.T) {
	d := thread(t, "broadcast-raised", messagetest.Root)
	for _, c := range []struct{ title, want string }{
		{"<!here> {{ .CommonLabels.job }}", "<!here> api"},
		{"{{ nope }}", "🔴 *ERROR* *ApiLatencyP95*: 618 ms &gt; 500 ms, raised from warn; 2 firing in all `route=/pay`"},
	} {
		m, _ := renderer(t).Render(d, mostItems, nil)
		if got := Build(Settings{Title: c.title, Text: "not in answers"}, m); got.Text != c.want || strings.Contains(string(encode(got)), "not in answers") {
			t.Errorf("%s: %s", c.title, encode(got))
		}
	}
}
