package slacktest

import (
	"encoding/json"
	"maps"
	"mime"
	"net/http"
	"net/url"
	"slices"
)

func parseForm(body []byte) url.Values {
	v, err := url.ParseQuery(string(body))
	if err != nil {
		return url.Values{}
	}
	return v
}

// arguments reads those of a method, as JSON, as a form or from the address. It
// returns them as JSON, whichever way they came, and the token of a form.
func arguments(r *http.Request, body []byte) (raw json.RawMessage, token string, p *problem) {
	kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	switch {
	case r.Method == http.MethodGet:
		raw, token = fromForm(r.URL.Query())
	case kind == "application/json":
		raw = body
	case kind == "application/x-www-form-urlencoded":
		raw, token = fromForm(parseForm(body))
	default:
		return nil, "", &problem{"invalid_post_type", kind}
	}
	if !json.Valid(raw) {
		return nil, token, &problem{"invalid_json", "the arguments are no JSON"}
	}
	return raw, token, nil
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
		case "blocks", "attachments", "metadata", "files":
			fields[name] = json.RawMessage(text)
		case "reply_broadcast", "unfurl_links", "unfurl_media", "as_user", "mrkdwn", "link_names", "length":
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

// unknownFields refuses an argument that the method does not know.
func unknownFields(raw json.RawMessage, known []string) *problem {
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(raw, &fields); err != nil {
		return &problem{"invalid_json", err.Error()}
	}
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		if !slices.Contains(known, name) {
			return &problem{"invalid_arguments", "unknown argument " + name}
		}
	}
	return nil
}

// says are the fields of what a message says.
func says() []string {
	return []string{
		"channel", "text", "blocks", "attachments", "metadata", "parse", "link_names", "markdown_text", "reply_broadcast",
	}
}

func postFields() []string {
	return append(says(), "thread_ts", "mrkdwn", "unfurl_links", "unfurl_media", "username", "icon_emoji", "icon_url", "as_user")
}

func updateFields() []string { return append(says(), "ts", "as_user", "file_ids") }

func webhookFields() []string {
	return append(postFields(), "response_type", "replace_original", "delete_original")
}

func completeFields() []string {
	return []string{"files", "channel_id", "channels", "thread_ts", "initial_comment", "blocks"}
}
