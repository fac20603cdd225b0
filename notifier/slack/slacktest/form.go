package slacktest

import (
	"encoding/json"
	"mime"
	"net/http"
	"net/url"
)

func parseForm(body []byte) url.Values {
	v, err := url.ParseQuery(string(body))
	if err != nil {
		return url.Values{}
	}
	return v
}

// parseChat reads the arguments of chat.postMessage. It returns the message as
// JSON too, whichever way it came.
func parseChat(r *http.Request, body []byte) (m message, token string, raw json.RawMessage, p *problem) {
	kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	switch kind {
	case "application/json":
		raw = body
	case "application/x-www-form-urlencoded":
		raw, token = fromForm(parseForm(body))
	default:
		return m, "", nil, &problem{"invalid_post_type", kind}
	}
	if err := json.Unmarshal(raw, &m); err != nil {
		return m, token, nil, &problem{"invalid_json", err.Error()}
	}
	return m, token, raw, nil
}

// fromForm makes the JSON of a form: Slack takes arguments that are objects as
// JSON in a string.
func fromForm(form url.Values) (raw json.RawMessage, token string) {
	fields := map[string]any{}
	for name := range form {
		text := form.Get(name)
		switch name {
		case "token":
			token = text
		case "blocks", "attachments", "metadata":
			fields[name] = json.RawMessage(text)
		default:
			fields[name] = text
		}
	}
	raw, err := json.Marshal(fields)
	if err != nil {
		return json.RawMessage("invalid"), token
	}
	return raw, token
}
