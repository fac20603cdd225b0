package requesttest

import (
	"errors"
	"fmt"
	"net/http"
	"time"
	"unicode/utf8"

	"github.com/prometheus/common/model"
)

// ntfy publishes as JSON: https://docs.ntfy.sh/publish/#publish-as-json
func ntfy(r *http.Request, body []byte) answer {
	var m struct {
		Topic    string   `json:"topic"`
		Title    string   `json:"title"`
		Message  string   `json:"message"`
		Priority int      `json:"priority"`
		Tags     []string `json:"tags"`
		Click    string   `json:"click"`
		Markdown bool     `json:"markdown"`
	}
	if r.Header.Get("Authorization") != "Bearer tk_secret" {
		return answer{403, `{"code":40301,"http":403,"error":"forbidden","link":"https://ntfy.sh/docs/publish/#authentication"}`}
	}
	err := decode(r, body, &m)
	if err == nil {
		err = errors.Join(oneOf("path", r.URL.Path, "/"), oneOf("method", r.Method, "POST", "PUT"), within("topic", m.Topic, 64),
			within("title", m.Title, 1000))
		if m.Priority < 1 || m.Priority > 5 {
			err = errors.Join(err, fmt.Errorf("priority %d", m.Priority))
		}
		if len(m.Message) > 4096 { // a longer one becomes an attachment
			err = errors.Join(err, errors.New("message has more than 4096 bytes"))
		}
		if m.Click != "" {
			err = errors.Join(err, web("click", m.Click))
		}
	}
	if err != nil {
		return answer{400, `{"code":40024,"http":400,"error":` + quoted("invalid request: "+err.Error()) + `}`}
	}
	return answer{200, `{"id":"hwQ2YpKdmg","time":1635528741,"expires":1635571941,"event":"message","topic":` + quoted(m.Topic) + `}`}
}

// mattermost is an incoming webhook: https://developers.mattermost.com/integrate/webhooks/incoming
func mattermost(r *http.Request, body []byte) answer {
	var m struct {
		Text     string `json:"text"`
		Channel  string `json:"channel"`
		Username string `json:"username"`
		IconURL  string `json:"icon_url"`
		Priority struct {
			Priority string `json:"priority"`
		} `json:"priority"`
	}
	err := decode(r, body, &m)
	if err == nil {
		err = errors.Join(oneOf("path", r.URL.Path, "/hooks/very-secret"), oneOf("method", r.Method, "POST"), within("text", m.Text, 16383))
	}
	if err != nil {
		return answer{400, `{"id":"web.incoming_webhook.parse.app_error","message":` + quoted("Unable to parse incoming data: "+err.Error()) + `,"detailed_error":"","request_id":"x","status_code":400}`}
	}
	return answer{200, "ok"}
}

// alertmanager takes alerts as version 2 of its API documents them.
func alertmanager(r *http.Request, body []byte) answer {
	var all []struct {
		Labels       map[string]string `json:"labels"`
		Annotations  map[string]string `json:"annotations"`
		StartsAt     *time.Time        `json:"startsAt"`
		EndsAt       *time.Time        `json:"endsAt"`
		GeneratorURL string            `json:"generatorURL"`
	}
	err := decode(r, body, &all)
	if err == nil {
		err = errors.Join(oneOf("method", r.Method, "POST"), oneOf("path", r.URL.Path, "/api/v2/alerts", "/am/api/v2/alerts"))
	}
	for _, a := range all {
		switch {
		case len(a.Labels) == 0:
			err = errors.Join(err, errors.New("at least one label pair required"))
		case a.StartsAt == nil || a.EndsAt == nil || a.EndsAt.Before(*a.StartsAt):
			err = errors.Join(err, errors.New("start time must be before end time"))
		}
		err = errors.Join(err, names("label", a.Labels), names("annotation", a.Annotations))
		if a.GeneratorURL != "" {
			err = errors.Join(err, web("generatorURL", a.GeneratorURL))
		}
	}
	if err != nil {
		return answer{400, quoted(err.Error())}
	}
	return answer{200, ""}
}

func names(what string, all map[string]string) error {
	for name, value := range all {
		if name == "" || !model.UTF8Validation.IsValidLabelName(name) || !utf8.ValidString(value) || what == "label" && value == "" {
			return fmt.Errorf("invalid %s %q=%q", what, name, value)
		}
	}
	return nil
}
