package requesttest

import (
	"errors"
	"fmt"
	"html"
	"net/http"
	"regexp"
	"strings"
	"time"
)

// Token is the bot's that Telegram knows.
const Token = "110201543:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw" //nolint:gosec // of Telegram's own manual

func discord(r *http.Request, body []byte) answer {
	var m struct {
		Content   string `json:"content"`
		Username  string `json:"username"`
		AvatarURL string `json:"avatar_url"`
		Mentions  *struct {
			Parse []string `json:"parse"`
		} `json:"allowed_mentions"`
		Embeds []struct {
			Title       string    `json:"title"`
			Description string    `json:"description"`
			Color       int       `json:"color"`
			Timestamp   time.Time `json:"timestamp"`
		} `json:"embeds"`
	}
	err := decode(r, body, &m)
	if err == nil {
		errs := []error{atMost("content", m.Content, 2000), atMost("username", m.Username, 80), oneOf("path", r.URL.Path, "/api/webhooks/1/very-secret")}
		total := 0
		for _, e := range m.Embeds {
			errs = append(errs, atMost("title", e.Title, 256), atMost("description", e.Description, 4096))
			total += length(e.Title) + length(e.Description)
		}
		if total > 6000 || len(m.Embeds) > 10 || total+len(m.Content) == 0 {
			errs = append(errs, errors.New("embeds have more than 6000 characters, or there is nothing"))
		}
		if m.Mentions == nil || len(m.Mentions.Parse) > 0 {
			errs = append(errs, errors.New("mentions are not off: somebody may be called"))
		}
		err = errors.Join(errs...)
	}
	if err != nil {
		return answer{400, `{"code":50035,"message":"Invalid Form Body","errors":{"_errors":[{"code":"BASE_TYPE_BAD_LENGTH","message":` + quoted(err.Error()) + `}]}}`}
	}
	return answer{204, ""}
}

func telegram(r *http.Request, body []byte) answer {
	fault := func(err error) answer {
		return answer{400, `{"ok":false,"error_code":400,"description":` + quoted("Bad Request: "+err.Error()) + `}`}
	}
	if r.URL.Path != "/bot"+Token+"/sendMessage" {
		return answer{404, `{"ok":false,"error_code":404,"description":"Not Found"}`}
	}
	var m struct {
		ChatID   int64  `json:"chat_id"`
		ThreadID int64  `json:"message_thread_id"`
		Silent   bool   `json:"disable_notification"`
		Mode     string `json:"parse_mode"`
		Text     string `json:"text"`
		Preview  struct {
			Disabled bool `json:"is_disabled"`
		} `json:"link_preview_options"`
	}
	if err := decode(r, body, &m); err != nil {
		return fault(err)
	}
	seen, err := parsed(m.Mode, m.Text)
	if err != nil {
		return fault(fmt.Errorf("can't parse entities: %w", err))
	}
	switch {
	case m.ChatID == 0:
		return fault(errors.New("chat not found"))
	case length(strings.TrimSpace(seen)) == 0:
		return fault(errors.New("message text is empty"))
	case length(seen) > 4096:
		return fault(errors.New("message is too long"))
	}
	return answer{200, fmt.Sprintf(`{"ok":true,"result":{"message_id":1,"date":1,"chat":{"id":%d,"type":"supergroup"}}}`, m.ChatID)}
}

// parsed returns what is seen of a text.
func parsed(mode, text string) (string, error) {
	switch mode {
	case "":
		return text, nil
	case "HTML":
		return parsedHTML(text)
	case "MarkdownV2":
		return parsedMarkdownV2(text)
	}
	return "", fmt.Errorf("parse mode %q", mode)
}

// parsedHTML knows the tags and entities that Telegram does.
func parsedHTML(text string) (string, error) {
	tag := regexp.MustCompile(`<(/?)(b|i|u|s|code|pre|a|blockquote)(?: href="[^"<>]*")?>`)
	var open []string
	for _, m := range tag.FindAllStringSubmatch(text, -1) {
		if m[1] == "" {
			open = append(open, m[2])
			continue
		}
		if len(open) == 0 || open[len(open)-1] != m[2] {
			return "", fmt.Errorf("unexpected end tag %q", m[0])
		}
		open = open[:len(open)-1]
	}
	rest := tag.ReplaceAllString(text, "")
	if len(open) > 0 || strings.ContainsAny(rest, "<>") {
		return "", errors.New("unsupported start tag, or a tag without an end")
	}
	if regexp.MustCompile(`&(?:amp|lt|gt|quot|#\d+);`).ReplaceAllString(rest, "") != strings.ReplaceAll(regexp.MustCompile(`&(?:amp|lt|gt|quot|#\d+);`).ReplaceAllString(rest, ""), "&", "") {
		return "", errors.New("a lone &")
	}
	return html.UnescapeString(rest), nil
}

// parsedMarkdownV2 wants what is special and no mark-up escaped; mark-up is *bold*
// alone here.
func parsedMarkdownV2(text string) (string, error) {
	var seen strings.Builder
	runes := []rune(text)
	bold := 0
	for i := 0; i < len(runes); i++ {
		switch r := runes[i]; {
		case r == '\\' && i+1 < len(runes) && runes[i+1] < 127:
			i++
			seen.WriteRune(runes[i])
		case r == '*':
			bold++
		case strings.ContainsRune("_[]()~`>#+-=|{}.!", r):
			return "", fmt.Errorf("character %q is reserved and must be escaped", r)
		default:
			seen.WriteRune(r)
		}
	}
	if bold%2 == 1 {
		return "", errors.New("can't find end of bold entity")
	}
	return seen.String(), nil
}
