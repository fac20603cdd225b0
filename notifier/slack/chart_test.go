package slack

import (
	"context"
	"strings"
	"testing"

	"tocsin/notifier"
	"tocsin/notifier/message"
	"tocsin/notifier/slack/slacktest"
)

// picture draws and counts.
func picture(drawn *int) func(*Settings) {
	return func(s *Settings) {
		s.Chart = func(context.Context, *message.Message) ([]byte, string, bool) {
			*drawn++
			return []byte("\x89PNG picture"), "latency\nover the last hour", true
		}
	}
}

// What begins or gets worse has a chart in its thread; nothing else has.
func TestChart(t *testing.T) {
	for _, c := range []struct {
		why, name string
		files     int
	}{
		{"a new message", "first-error", 1},
		{"a raise", "broadcast-raised", 1},
		{"a new alert has none", "broadcast-new", 0},
		{"nor has a reminder", "broadcast-reminder", 0},
		{"nor an edit", "edit", 0},
		{"nor a quiet answer", "reply-lowered", 0},
		{"nor what is over", "resolved", 0},
		{"nor a digest", "digest", 0},
	} {
		w := newWorld(t, slacktest.Options{Token: token})
		root := deliver(t, bot(t, w, nil), thread(t, "first", "")).Handle
		drawn := 0
		d := thread(t, c.name, root)
		end := deliver(t, bot(t, w, picture(&drawn)), d)
		files := w.slack.Files()
		if end.Outcome != notifier.Delivered || end.Error != "" || len(files) != c.files || drawn != c.files {
			t.Errorf("%s: %+v, %d files, %d drawn", c.why, end, len(files), drawn)
		}
		for _, f := range files {
			want := root
			if d.Effect == notifier.Post {
				want = end.Handle
			}
			if f.ChannelID+":"+f.ThreadTS != want || string(f.Bytes) != "\x89PNG picture" || f.Alt != "latency over the last hour" {
				t.Errorf("%s: %+v is not in %s", c.why, f, want)
			}
		}
	}
}

// Whatever becomes of the chart, the message was delivered.
func TestChartFails(t *testing.T) {
	for _, c := range []struct{ why, fault, error string }{
		{"no address", "files.getUploadURLExternal", "chart: "},
		{"no upload", "upload", "chart: "},
		{"not shared", "files.completeUploadExternal", "chart: "},
	} {
		for _, fault := range []slacktest.Fault{{Status: 500}, {Hang: true}, {Drop: true}} {
			t.Run(c.why, func(t *testing.T) {
				t.Parallel()
				w := newWorld(t, slacktest.Options{})
				fault.Method = c.fault
				w.slack.Fail(fault)
				drawn := 0
				end := deliver(t, bot(t, w, picture(&drawn)), thread(t, "first", ""))
				if end.Outcome != notifier.Delivered || end.Handle == "" || !strings.HasPrefix(end.Error, c.error) || len(w.slack.Messages()) != 1 {
					t.Errorf("%+v: %+v", fault, end)
				}
			})
		}
	}
}

// A token without files:write is asked once.
func TestChartScope(t *testing.T) {
	w := newWorld(t, slacktest.Options{Scopes: []string{"chat:write"}})
	drawn := 0
	s := bot(t, w, picture(&drawn))
	for n, want := range []string{"chart: missing_scope (needs files:write)", ""} {
		if end := deliver(t, s, thread(t, "first", "")); end.Outcome != notifier.Delivered || end.Error != want {
			t.Errorf("message %d: %+v", n, end)
		}
	}
	if drawn != 1 {
		t.Errorf("%d charts drawn", drawn)
	}
}

// There is no chart without a message, none where there is nothing to draw, none
// by an incoming webhook, and none that would cost the word that all is well.
func TestNoChart(t *testing.T) {
	w := newWorld(t, slacktest.Options{})
	drawn := 0
	s := bot(t, w, picture(&drawn))
	w.slack.Fail(slacktest.Fault{Error: "is_archived"})
	if end := deliver(t, s, thread(t, "first", "")); end.Outcome != notifier.Rejected || drawn != 0 {
		t.Errorf("rejected: %+v, %d drawn", end, drawn)
	}
	nothing := bot(t, w, func(s *Settings) {
		s.Chart = func(context.Context, *message.Message) ([]byte, string, bool) { return nil, "", false }
	})
	if end := deliver(t, nothing, thread(t, "first", "")); end.Error != "" || len(w.slack.Files()) > 0 {
		t.Errorf("nothing to draw: %+v", end)
	}
	hook := w.webhook()
	picture(&drawn)(&hook)
	if end := send(t, hook); end.Outcome != notifier.Delivered || drawn != 0 {
		t.Errorf("webhook: %+v, %d drawn", end, drawn)
	}
	ctx, cancel := context.WithTimeout(t.Context(), chartMargin)
	defer cancel()
	if end := s.Send(ctx, thread(t, "first", "")); end.Outcome != notifier.Delivered || drawn != 0 || end.Error != "chart: no time left" {
		t.Errorf("little time: %+v, %d drawn", end, drawn)
	}
}
