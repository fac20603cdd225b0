package slacktest_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"tocsin/notifier/slack/slacktest"
)

// An answer is what a method says.
type answer struct {
	OK                                         bool
	Error, TS, Channel, Permalink, Needed, URL string

	UploadURL string `json:"upload_url"`
	FileID    string `json:"file_id"`
}

// call asks a method and returns what it answers.
func call(t *testing.T, s *slacktest.Server, method, body string) (a answer) {
	t.Helper()
	r := httptest.NewRequest(http.MethodPost, "/api/"+method, strings.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Authorization", "Bearer xoxb-1")
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	if err := json.Unmarshal(w.Body.Bytes(), &a); err != nil {
		t.Fatalf("%s: %v in %q", method, err, w.Body)
	}
	return a
}

// A message can be changed and answered while it is there, by the id of its
// channel, within the limits of any message.
func TestThreads(t *testing.T) {
	s := slacktest.New(slacktest.Options{Channels: []string{"#web"}, Users: map[string]string{"U1": "Ada"}})
	root := call(t, s, "chat.postMessage", `{"channel":"#web","text":"x"}`)
	answer := call(t, s, "chat.postMessage", `{"channel":"#web","text":"x","thread_ts":"`+root.TS+`"}`)
	if root.Channel != slacktest.ChannelID("#web") || root.Channel == "#web" || !answer.OK {
		t.Fatalf("posted %+v, answered %+v", root, answer)
	}
	at := `"channel":"` + root.Channel + `","ts":"` + root.TS + `"`
	for _, c := range []struct{ why, method, body, want string }{
		{"an edit", "chat.update", `{` + at + `,"text":"y"}`, ""},
		{"an edit by name", "chat.update", `{"channel":"#web","ts":"` + root.TS + `","text":"y"}`, "channel_not_found"},
		{"an edit of what is not there", "chat.update", `{"channel":"` + root.Channel + `","ts":"1.2","text":"y"}`, "message_not_found"},
		{"an empty edit", "chat.update", `{` + at + `}`, "no_text"},
		{"an edit with too many blocks", "chat.update", `{` + at + `,"blocks":[` + repeat(section("x"), 51) + `]}`, "invalid_blocks"},
		{"an edit of the sender's looks", "chat.update", `{` + at + `,"text":"y","username":"x"}`, "invalid_arguments"},
		{"an unknown argument", "chat.postMessage", `{"channel":"#web","text":"x","colour":"red"}`, "invalid_arguments"},
		{"metadata", "chat.postMessage", `{"channel":"#web","text":"x","metadata":{"event_type":"e","event_payload":{"id":"1"}}}`, ""},
		{"metadata without a name", "chat.postMessage", `{"channel":"#web","text":"x","metadata":{"event_payload":{}}}`, "invalid_metadata_format"},
		{"a broadcast", "chat.postMessage", `{"channel":"#web","text":"x","reply_broadcast":true,"thread_ts":"` + root.TS + `"}`, ""},
		{"a broadcast of no answer", "chat.postMessage", `{"channel":"#web","text":"x","reply_broadcast":true}`, "invalid_arguments"},
		{"an answer to nothing", "chat.postMessage", `{"channel":"#web","text":"x","thread_ts":"1.2"}`, "thread_not_found"},
		{"an answer to an answer", "chat.postMessage", `{"channel":"#web","text":"x","thread_ts":"` + answer.TS + `"}`, "cannot_reply_to_message"},
		{"where it is", "chat.getPermalink", `{"channel":"` + root.Channel + `","message_ts":"` + root.TS + `"}`, ""},
		{"where nothing is", "chat.getPermalink", `{"channel":"` + root.Channel + `","message_ts":"1.2"}`, "message_not_found"},
		{"somebody", "users.info", `{"user":"U1"}`, ""},
		{"nobody", "users.info", `{"user":"U2"}`, "user_not_found"},
		{"who we are", "auth.test", `{}`, ""},
		{"another method", "chat.delete", `{` + at + `}`, "unknown_method"},
	} {
		if got := call(t, s, c.method, c.body); got.Error != c.want || got.OK != (c.want == "") {
			t.Errorf("%s: %+v, want %q", c.why, got, c.want)
		}
	}
	if got := call(t, s, "chat.postMessage", `{"channel":"`+root.Channel+`","text":"x"}`); !got.OK || s.Messages()[4].Channel != "#web" {
		t.Errorf("posted by id: %+v", got)
	}
	if m := s.Messages()[0]; m.Text != "y" || len(m.Edits) != 1 || !s.Messages()[3].Broadcast {
		t.Errorf("first message %+v", m)
	}
	if !s.Delete("#web", root.TS) || s.Delete("#web", root.TS) || !s.Messages()[0].Deleted {
		t.Error("not deleted once")
	}
	if got := call(t, s, "chat.update", `{`+at+`,"text":"z"}`); got.Error != "message_not_found" {
		t.Errorf("an edit of a deleted message: %+v", got)
	}
	if got := call(t, s, "chat.postMessage", `{"channel":"#web","text":"x","thread_ts":"`+root.TS+`"}`); got.Error != "thread_not_found" {
		t.Errorf("an answer to a deleted message: %+v", got)
	}
}

// Posts are limited by channel, edits by the minute.
func TestLimits(t *testing.T) {
	now := time.Unix(1795356600, 0)
	s := slacktest.New(slacktest.Options{Every: time.Second, Edits: 1, Now: func() time.Time { return now }})
	root := call(t, s, "chat.postMessage", `{"channel":"#web","text":"x"}`)
	if got := call(t, s, "chat.postMessage", `{"channel":"`+root.Channel+`","text":"x"}`); got.Error != "ratelimited" {
		t.Errorf("two posts at once: %+v", got)
	}
	if got := call(t, s, "chat.postMessage", `{"channel":"#other","text":"x"}`); !got.OK {
		t.Errorf("another channel: %+v", got)
	}
	edit := `{"channel":"` + root.Channel + `","ts":"` + root.TS + `","text":"y"}`
	for n, want := range []string{"", "ratelimited"} {
		if got := call(t, s, "chat.update", edit); got.Error != want {
			t.Errorf("edit %d: %+v", n, got)
		}
	}
	now = now.Add(time.Minute)
	if got := call(t, s, "chat.update", edit); !got.OK {
		t.Errorf("a minute later: %+v", got)
	}
}

// What can be pressed has limits too.
func TestElements(t *testing.T) {
	option := func(text, value string) string {
		return `{"text":{"type":"plain_text","text":"` + text + `"},"value":"` + value + `"}`
	}
	menu := func(options string) string {
		return `{"type":"static_select","action_id":"m","placeholder":{"type":"plain_text","text":"p"},"options":[` + options + `]}`
	}
	button := func(id, text, value string) string {
		return `{"type":"button","action_id":"` + id + `","text":{"type":"plain_text","text":"` + text + `"},"value":"` + value + `"}`
	}
	long := func(n int) string { return strings.Repeat("x", n) }
	for _, c := range []struct {
		why, elements string
		ok            bool
	}{
		{"a button", button("a", long(75), long(2000)), true},
		{"a text too long", button("a", long(76), "v"), false},
		{"a value too long", button("a", "t", long(2001)), false},
		{"a name too long", button(long(256), "t", "v"), false},
		{"a name twice", button("a", "t", "v") + "," + button("a", "t", "v"), false},
		{"a style that is none", `{"type":"button","style":"blue","text":{"type":"plain_text","text":"t"}}`, false},
		{"a field that is none", `{"type":"button","colour":"blue","text":{"type":"plain_text","text":"t"}}`, false},
		{"mark-up in a button", `{"type":"button","text":{"type":"mrkdwn","text":"t"}}`, false},
		{"a menu", menu(option(long(75), long(150))), true},
		{"an option's value too long", menu(option("t", long(151))), false},
		{"an option's text too long", menu(option(long(76), "v")), false},
		{"no options", menu(""), false},
		{"no placeholder", `{"type":"static_select","options":[` + option("t", "v") + `]}`, false},
		{"an overflow menu", `{"type":"overflow","action_id":"o","options":[` + repeat(option("t", "v"), 5) + `]}`, true},
		{"one too many in it", `{"type":"overflow","action_id":"o","options":[` + repeat(option("t", "v"), 6) + `]}`, false},
		{"nothing", ``, false},
		{"something else", `{"type":"lever"}`, false},
	} {
		s := slacktest.New(slacktest.Options{})
		got := call(t, s, "chat.postMessage", `{"channel":"C1","text":"x","blocks":[{"type":"actions","elements":[`+c.elements+`]}]}`)
		if got.OK != c.ok || !c.ok && got.Error != "invalid_blocks" {
			t.Errorf("%s: %+v %v", c.why, got, s.Refused())
		}
	}
}

// A file is announced, sent and shared, in this order and in this size.
func TestFiles(t *testing.T) {
	s := slacktest.New(slacktest.Options{})
	root := call(t, s, "chat.postMessage", `{"channel":"#web","text":"x"}`)
	if got := call(t, s, "files.getUploadURLExternal", `{"filename":"a.png","length":0}`); got.Error != "invalid_arguments" {
		t.Errorf("an empty file: %+v", got)
	}
	up := call(t, s, "files.getUploadURLExternal", `{"filename":"a.png","length":3,"alt_txt":"a chart"}`)
	share := func(channel, ts string) string {
		return call(t, s, "files.completeUploadExternal", `{"files":[{"id":"`+up.FileID+`","title":"t"}],"channel_id":"`+channel+`","thread_ts":"`+ts+`"}`).Error
	}
	send := func(body string) int {
		w := httptest.NewRecorder()
		s.ServeHTTP(w, httptest.NewRequest(http.MethodPost, up.UploadURL, strings.NewReader(body)))
		return w.Code
	}
	if code := share(root.Channel, root.TS); code != "file_not_found" {
		t.Errorf("shared before it was sent: %q", code)
	}
	if send("four") != http.StatusBadRequest || send("png") != http.StatusOK {
		t.Error("the size does not matter")
	}
	for _, c := range [][3]string{{"#web", root.TS, "channel_not_found"}, {root.Channel, "1.2", "invalid_thread_ts"}, {root.Channel, root.TS, ""}} {
		if code := share(c[0], c[1]); code != c[2] {
			t.Errorf("shared in %v: %q", c, code)
		}
	}
	if all := s.Files(); len(all) != 1 || string(all[0].Bytes) != "png" || all[0].ThreadTS != root.TS || all[0].Alt != "a chart" {
		t.Errorf("files %+v", all)
	}
}

// A method needs its scope.
func TestScopes(t *testing.T) {
	s := slacktest.New(slacktest.Options{Scopes: []string{"chat:write"}})
	if got := call(t, s, "chat.postMessage", `{"channel":"#web","text":"x"}`); !got.OK {
		t.Errorf("chat:write: %+v", got)
	}
	for method, scope := range map[string]string{"files.getUploadURLExternal": "files:write", "users.info": "users:read"} {
		if got := call(t, s, method, `{}`); got.Error != "missing_scope" || got.Needed != scope {
			t.Errorf("%s: %+v", method, got)
		}
	}
	if got := call(t, s, "apps.connections.open", `{}`); got.Error != "not_allowed_token_type" {
		t.Errorf("a bot's token for Socket Mode: %+v", got)
	}
}
