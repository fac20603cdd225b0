package requesttest

import (
	"encoding/json"
	"errors"
	"net/http"
	"regexp"
)

func msteams(r *http.Request, body []byte) answer {
	var c struct {
		Context    string `json:"@context"`
		Type       string `json:"@type"`
		ThemeColor string `json:"themeColor"`
		Title      string `json:"title"`
		Summary    string `json:"summary"`
		Text       string `json:"text"`
		Actions    []struct {
			Type    string `json:"@type"`
			Name    string `json:"name"`
			Targets []struct {
				OS  string `json:"os"`
				URI string `json:"uri"`
			} `json:"targets"`
		} `json:"potentialAction"`
	}
	err := decode(r, body, &c)
	if err == nil {
		errs := []error{
			oneOf("@context", c.Context, "http://schema.org/extensions"), oneOf("@type", c.Type, "MessageCard"),
			within("summary", c.Summary, 1000), within("text", c.Text, 28_000),
		}
		if !regexp.MustCompile(`^[0-9A-F]{6}$`).MatchString(c.ThemeColor) || len(c.Actions) > 4 {
			errs = append(errs, errors.New("themeColor or potentialAction"))
		}
		for _, a := range c.Actions {
			errs = append(errs, oneOf("action", a.Type, "OpenUri"), within("name", a.Name, 100), web("uri", a.Targets[0].URI))
		}
		err = errors.Join(errs...)
	}
	switch {
	case err != nil:
		return answer{400, "Bad payload received by generic incoming webhook: " + err.Error()}
	case len(body) > 28<<10:
		return answer{413, "Request Entity Too Large"}
	}
	return answer{200, "1"}
}

type element struct {
	Type    string    `json:"type"`
	Size    string    `json:"size"`
	Weight  string    `json:"weight"`
	Color   string    `json:"color"`
	Style   string    `json:"style"`
	Spacing string    `json:"spacing"`
	Wrap    bool      `json:"wrap"`
	Text    string    `json:"text"`
	Inlines []element `json:"inlines"`
}

type card struct {
	Schema   string    `json:"$schema"`
	Type     string    `json:"type"`
	Version  string    `json:"version"`
	Fallback string    `json:"fallbackText"`
	Body     []element `json:"body"`
	Actions  []struct {
		Type  string `json:"type"`
		Title string `json:"title"`
		URL   string `json:"url"`
	} `json:"actions"`
	Teams struct {
		Width string `json:"width"`
	} `json:"msteams"`
}

func msteamsv2(r *http.Request, body []byte) answer {
	var m struct {
		Type        string `json:"type"`
		Attachments []struct {
			ContentType string          `json:"contentType"`
			ContentURL  json.RawMessage `json:"contentUrl"`
			Content     card            `json:"content"`
		} `json:"attachments"`
	}
	err := decode(r, body, &m)
	if err == nil && (m.Type != "message" || len(m.Attachments) != 1) {
		err = errors.New("not a message with one attachment")
	}
	if err == nil {
		a := m.Attachments[0]
		err = errors.Join(oneOf("contentType", a.ContentType, "application/vnd.microsoft.card.adaptive"),
			oneOf("contentUrl", string(a.ContentURL), "null"), a.Content.check())
	}
	switch {
	case err != nil:
		return answer{400, `{"error":{"code":"TriggerInputSchemaMismatch","message":` + quoted(err.Error()) + `}}`}
	case len(body) > 28<<10:
		return answer{413, `{"error":{"code":"RequestEntityTooLarge","message":"The message is larger than 28 KB"}}`}
	}
	return answer{202, ""}
}

func (c card) check() error {
	errs := []error{oneOf("type", c.Type, "AdaptiveCard"), oneOf("version", c.Version, "1.4", "1.5"), within("fallbackText", c.Fallback, 1000)}
	if len(c.Body) == 0 || len(c.Actions) > 6 {
		errs = append(errs, errors.New("no body, or more than 6 actions"))
	}
	for _, e := range c.Body {
		errs = append(errs, oneOf("element", e.Type, "TextBlock", "RichTextBlock"), oneOf("color", e.Color, "", "Attention", "Warning", "Good"))
		if e.Type == "TextBlock" {
			errs = append(errs, within("text", e.Text, 28_000))
			continue
		}
		for _, run := range e.Inlines {
			errs = append(errs, oneOf("inline", run.Type, "TextRun"), within("text", run.Text, 28_000))
		}
	}
	for _, a := range c.Actions {
		errs = append(errs, oneOf("action", a.Type, "Action.OpenUrl"), within("title", a.Title, 100), web("url", a.URL))
	}
	return errors.Join(errs...)
}
