package file

import (
	"regexp"
	"strings"
)

// These find secrets; they are compiled once, for whole files of problems are masked.
var (
	secretKey = regexp.MustCompile(`(?i)["']?\b[\w-]*(?:password|secret|token|credentials|api_url|_key)["']?\s*:\s*(?:[&!]\S+\s+)*`) // up to the value
	urlKey    = regexp.MustCompile(`(?:^|[\s{,"'])(?:webhook_)?url["']?\s*:\s*`)

	userInURL     = regexp.MustCompile(`://([^/@\s"']*)@`)
	userInAddress = regexp.MustCompile(`\b\w*(?:prometheus|urls?|smarthost)["']?\s*:.*?([^/@\s"'\[,]*:[^/@\s"'\[,]*)@`) // where http:// was forgotten
	slackHook     = regexp.MustCompile(`(?i)hooks\.slack\.com/([^\s"',}]*)`)
	slackToken    = regexp.MustCompile(`\b(x(?:ox[a-z]|app)-[\w-]+)`)
	authorization = regexp.MustCompile(`(?i)\bauthorization["']?\s*:\s*["']?([^\s"'{\[][^"'}]*)`)
)

// Mask hides what looks like a secret in a line of a config, and keeps all
// columns. It is for showing people their own file, on a screen that others may
// see too.
func Mask(line string) string {
	out := []byte(line)
	for _, m := range secretKey.FindAllStringIndex(line, -1) {
		hide(out, line, m[1], m[1]+valueLen(line[m[1]:], strings.ContainsAny(line[:m[0]], "{[")))
	}
	for _, m := range urlKey.FindAllStringIndex(line, -1) {
		end := m[1] + valueLen(line[m[1]:], strings.ContainsAny(line[:m[1]], "{["))
		hide(out, line, m[1]+hostLen(line[m[1]:end]), end)
	}
	for _, re := range []*regexp.Regexp{userInURL, userInAddress, slackHook, slackToken, authorization} {
		for _, m := range re.FindAllStringSubmatchIndex(line, -1) {
			hide(out, line, m[2], m[3])
		}
	}
	return string(out)
}

// valueLen returns how long the value is that a text begins with. Among braces a
// bare value ends at a comma; a list ends with the line.
func valueLen(s string, flow bool) int {
	if s == "" {
		return 0
	}
	if q := s[0]; q == '"' || q == '\'' {
		if end := strings.IndexByte(s[1:], q); end >= 0 {
			return end + 2
		}
		return len(s)
	}
	if flow && s[0] != '[' && s[0] != '{' {
		if end := strings.IndexAny(s, ",}]"); end >= 0 && !strings.HasPrefix(s, "${") {
			return end
		}
	}
	return len(s)
}

// hostLen returns how much of a URL may be seen: not its path, in which webhooks
// carry their secret. What is no URL is hidden as a whole.
func hostLen(s string) int {
	at := strings.Index(s, "://")
	if at < 0 {
		return 0
	}
	if slash := strings.IndexAny(s[at+3:], "/?#"); slash >= 0 {
		return at + 3 + slash
	}
	return len(s)
}

// hide writes stars over a part, but for a ${NAME}, which tells nothing.
func hide(out []byte, line string, from, to int) {
	if variable().MatchString(strings.Trim(line[from:to], `"' `)) {
		return
	}
	for i := from; i < to; i++ {
		out[i] = '*'
	}
}
