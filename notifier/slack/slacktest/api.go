package slacktest

import (
	"encoding/json"
	"io"
	"net/http"
	"slices"
	"strings"
)

// answer is what the API answers.
type answer struct {
	OK       bool      `json:"ok"`
	Error    string    `json:"error,omitempty"`
	Needed   string    `json:"needed,omitempty"`
	Provided string    `json:"provided,omitempty"`
	Metadata *metadata `json:"response_metadata,omitempty"`

	Channel   string          `json:"channel,omitempty"`
	TS        string          `json:"ts,omitempty"`
	Text      string          `json:"text,omitempty"`
	Message   json.RawMessage `json:"message,omitempty"`
	Permalink string          `json:"permalink,omitempty"`
	URL       string          `json:"url,omitempty"`
	UploadURL string          `json:"upload_url,omitempty"`
	FileID    string          `json:"file_id,omitempty"`
	Files     []fileNote      `json:"files,omitempty"`
	Team      string          `json:"team,omitempty"`
	UserName  string          `json:"user_name,omitempty"`
	User      *person         `json:"user,omitempty"`
	BotID     string          `json:"bot_id,omitempty"`
}

type metadata struct {
	Messages []string `json:"messages"`
}

func no(code string) answer { return answer{Error: code} }

// bad is a refusal that says what is wrong.
func bad(p *problem) answer {
	return answer{Error: p.code, Metadata: &metadata{[]string{"[ERROR] " + p.text}}}
}

func (s *Server) say(w http.ResponseWriter, a answer) {
	if !a.OK {
		why := a.Error
		if a.Metadata != nil {
			why += ": " + strings.TrimPrefix(a.Metadata.Messages[0], "[ERROR] ")
		}
		s.refuse(why)
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	_ = json.NewEncoder(w).Encode(a)
}

// A request is one of the API's, however its arguments came.
type request struct {
	*http.Request
	args  json.RawMessage
	token string
	cut   bool // the answer is to be lost
}

// A method is one of the API's: its scope, the arguments that it knows, and what
// it does. It answers itself if it is not to answer as the others do.
type method struct {
	scope string
	args  []string
	do    func(s *Server, w http.ResponseWriter, r request) (answer, bool)
}

func methods() map[string]method {
	return map[string]method{
		"auth.test":                    {"", nil, (*Server).auth},
		"chat.postMessage":             {"chat:write", postFields(), (*Server).post},
		"chat.update":                  {"chat:write", updateFields(), (*Server).update},
		"chat.getPermalink":            {"", []string{"channel", "message_ts"}, (*Server).permalink},
		"files.getUploadURLExternal":   {"files:write", []string{"filename", "length", "alt_txt", "snippet_type"}, (*Server).uploadURL},
		"files.completeUploadExternal": {"files:write", completeFields(), (*Server).complete},
		"users.info":                   {"users:read", []string{"user", "include_locale"}, (*Server).person},
	}
}

// method serves one of them, after what all of them check.
func (s *Server) method(w http.ResponseWriter, r *http.Request, name string) {
	body, err := io.ReadAll(io.LimitReader(r.Body, maxRequest))
	if err != nil {
		s.say(w, no("request_timeout"))
		return
	}
	f, failing := s.fault(name)
	if failing && s.meet(w, r, f) {
		return
	}
	if name == "apps.connections.open" {
		s.open(w, r)
		return
	}
	m, ok := methods()[name]
	if !ok {
		s.say(w, no("unknown_method"))
		return
	}
	req := request{Request: r, cut: f.Cut}
	var p *problem
	if req.args, req.token, p = arguments(r, body); p == nil {
		p = s.known(req)
	}
	if p == nil {
		p = unknownFields(req.args, append(m.args, "token"))
	}
	if p != nil {
		s.say(w, bad(p))
		return
	}
	if m.scope != "" && len(s.options.Scopes) > 0 && !slices.Contains(s.options.Scopes, m.scope) {
		s.say(w, answer{Error: "missing_scope", Needed: m.scope, Provided: strings.Join(s.options.Scopes, ",")})
		return
	}
	if a, ok := m.do(s, w, req); ok {
		s.say(w, a)
	}
}

// known returns what is wrong with the token: of the header, or of the form.
func (s *Server) known(r request) *problem {
	token := r.token
	if bearer, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer "); ok {
		token = bearer
	}
	switch {
	case token == "":
		return &problem{"not_authed", "no token"}
	case s.options.Token != "" && token != s.options.Token, s.options.Token == "" && !strings.HasPrefix(token, "xox"):
		return &problem{"invalid_auth", "token"}
	}
	return nil
}

// known channels are those that the options name, or all.
func (s *Server) knows(channel string) bool {
	switch {
	case channel == "":
		return false
	case len(s.options.Channels) == 0:
		return true
	}
	return slices.ContainsFunc(s.options.Channels, func(c string) bool { return c == channel || ChannelID(c) == channel })
}

// auth answers who the token is.
func (s *Server) auth(http.ResponseWriter, request) (answer, bool) {
	return answer{OK: true, URL: workspace, Team: "Example", BotID: "B0000001"}, true
}

// workspace is where the stand-in says that its messages are.
const workspace = "https://example.slack.com/"
