package slacktest

import (
	"encoding/json"
	"net/http"
	"strings"
)

// post takes a message by chat.postMessage.
func (s *Server) post(w http.ResponseWriter, r request) (answer, bool) {
	m, p := s.readMessage(r)
	if p == nil {
		p = s.thread(m)
	}
	if p != nil {
		return bad(p), true
	}
	ts, wait := s.take(Message{
		Channel: m.Channel, Text: m.Text, Payload: r.args, Metadata: m.Metadata, ThreadTS: m.ThreadTS, Broadcast: m.ReplyBroadcast,
	})
	switch {
	case wait > 0:
		tooMany(w, wait)
		w.WriteHeader(http.StatusTooManyRequests)
		return no("ratelimited"), true
	case r.cut:
		panic(http.ErrAbortHandler)
	}
	return answer{OK: true, Channel: ChannelID(m.Channel), TS: ts, Message: r.args}, true
}

// update changes a message by chat.update, which takes the channel's id alone.
func (s *Server) update(w http.ResponseWriter, r request) (answer, bool) {
	m, p := s.readMessage(r)
	switch {
	case p != nil:
		return bad(p), true
	case ChannelID(m.Channel) != m.Channel:
		return bad(&problem{"channel_not_found", "not the id of a channel: " + m.Channel}), true
	}
	found, wait := s.edit(m.Channel, Edit{Text: m.Text, Payload: r.args}, m.TS)
	switch {
	case !found:
		return no("message_not_found"), true
	case wait > 0:
		tooMany(w, wait)
		w.WriteHeader(http.StatusTooManyRequests)
		return no("ratelimited"), true
	case r.cut:
		panic(http.ErrAbortHandler)
	}
	return answer{OK: true, Channel: m.Channel, TS: m.TS, Text: m.Text}, true
}

// readMessage reads and checks a message and its channel.
func (s *Server) readMessage(r request) (m message, p *problem) {
	if err := json.Unmarshal(r.args, &m); err != nil {
		return m, &problem{"invalid_json", err.Error()}
	}
	if !s.knows(m.Channel) {
		return m, &problem{"channel_not_found", m.Channel}
	}
	return m, check(m)
}

// thread checks what a message answers: a message of the channel that is there
// and answers none itself.
func (s *Server) thread(m message) *problem {
	if m.ThreadTS == "" {
		if m.ReplyBroadcast {
			return &problem{"invalid_arguments", "reply_broadcast without thread_ts"}
		}
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	switch root := s.find(ChannelID(m.Channel), m.ThreadTS); {
	case root == nil:
		return &problem{"thread_not_found", m.ThreadTS}
	case root.ThreadTS != "":
		return &problem{"cannot_reply_to_message", m.ThreadTS + " is an answer itself"}
	}
	return nil
}

// permalink answers the address of a message.
func (s *Server) permalink(_ http.ResponseWriter, r request) (answer, bool) {
	var at struct {
		Channel   string `json:"channel"`
		MessageTS string `json:"message_ts"`
	}
	if err := json.Unmarshal(r.args, &at); err != nil || !s.knows(at.Channel) {
		return no("channel_not_found"), true
	}
	s.mu.Lock()
	found := s.find(at.Channel, at.MessageTS) != nil
	s.mu.Unlock()
	if !found {
		return no("message_not_found"), true
	}
	link := workspace + "archives/" + at.Channel + "/p" + strings.ReplaceAll(at.MessageTS, ".", "")
	return answer{OK: true, Channel: at.Channel, Permalink: link}, true
}

// A person is somebody in the workspace.
type person struct {
	ID       string  `json:"id"`
	Name     string  `json:"name"`
	RealName string  `json:"real_name"`
	Profile  profile `json:"profile"`
}

type profile struct {
	DisplayName string `json:"display_name"`
}

// person answers who somebody is.
func (s *Server) person(_ http.ResponseWriter, r request) (answer, bool) {
	var who struct {
		User string `json:"user"`
	}
	_ = json.Unmarshal(r.args, &who)
	name := s.options.Users[who.User]
	if name == "" {
		return no("user_not_found"), true
	}
	return answer{OK: true, User: &person{who.User, strings.ToLower(name), name, profile{name}}}, true
}
