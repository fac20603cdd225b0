package slacktest

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
)

// envelope makes the interaction of a press. It fails where there is nothing to
// press.
func (s *Server) envelope(m Message, action, optionText string, user [2]string) (any, chan struct{}, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.find(m.ID, m.TS)
	if now == nil {
		return nil, nil, fmt.Errorf("no message %s in %s", m.TS, m.ID)
	}
	pressed, err := pick(now.Payload, action, optionText)
	if err != nil {
		return nil, nil, err
	}
	id := s.number("envelope")
	done := make(chan struct{})
	s.sockets.waiting[id] = done
	address := s.number("T0000001/")
	s.sockets.addresses[responsePath+address] = user[0]
	return map[string]any{
		"type": "interactive", "envelope_id": id, "accepts_response_payload": false,
		"payload": map[string]any{
			"type": "block_actions", "api_app_id": "A0000001", "token": "x", "trigger_id": "1.1.1",
			"team": map[string]string{"id": "T0000001", "domain": "example"},
			"user": map[string]string{"id": user[0], "username": user[1], "name": user[1], "team_id": "T0000001"},
			"container": map[string]any{
				"type": "message_attachment", "message_ts": m.TS, "attachment_id": 1, "channel_id": m.ID, "is_ephemeral": false,
			},
			"channel":      map[string]string{"id": m.ID, "name": "x"},
			"response_url": s.sockets.home + responsePath + address,
			"state":        map[string]any{"values": map[string]any{}},
			"actions":      []any{pressed},
		},
	}, done, nil
}

// pick finds what is pressed in a message.
func pick(payload json.RawMessage, action, optionText string) (any, error) {
	var m message
	if err := json.Unmarshal(payload, &m); err != nil {
		return nil, err
	}
	blocks := m.Blocks
	for _, a := range m.Attachments {
		blocks = append(blocks, a.Blocks...)
	}
	for _, raw := range blocks {
		var b block
		if json.Unmarshal(raw, &b) != nil || b.Type != "actions" {
			continue
		}
		for _, raw := range b.Elements {
			var e element
			if json.Unmarshal(raw, &e) == nil && e.ActionID == action {
				return e.pressed(optionText)
			}
		}
	}
	return nil, fmt.Errorf("nothing named %q in the message", action)
}

func (e element) pressed(optionText string) (any, error) {
	out := map[string]any{"type": e.Type, "action_id": e.ActionID, "block_id": "b1", "action_ts": "1795356600.000001"}
	if e.Type == "button" {
		out["text"], out["value"] = e.Text, e.Value
		return out, nil
	}
	for _, o := range e.Options {
		if o.Text.Text == optionText {
			out["selected_option"] = map[string]any{"text": o.Text, "value": o.Value}
			return out, nil
		}
	}
	return nil, fmt.Errorf("no option %q", optionText)
}

// respond takes what an app says to who pressed.
func (s *Server) respond(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(io.LimitReader(r.Body, maxRequest))
	if f, failing := s.fault("response"); failing && s.meet(w, r, f) {
		return
	}
	var said struct {
		Text         string `json:"text"`
		ResponseType string `json:"response_type"`
	}
	if err != nil || json.Unmarshal(body, &said) != nil || said.Text == "" {
		s.plain(w, http.StatusBadRequest, "no_text")
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	user, ok := s.sockets.addresses[r.URL.Path]
	if !ok {
		w.WriteHeader(http.StatusNotFound)
		return
	}
	s.sockets.responses = append(s.sockets.responses, Response{user, said.Text, said.ResponseType})
	s.tell()
	_, _ = io.WriteString(w, "ok")
}
