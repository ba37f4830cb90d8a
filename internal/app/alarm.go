package app

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"mainstay/internal/audit"
)

const alarmTimeout = 10 * time.Second

// alarm returns how the auditor tells somebody past the outbox, nil when nobody is named.
func (a *App) alarm() audit.Alarm {
	if a.AlarmURL == "" {
		return nil
	}
	client := &http.Client{Timeout: alarmTimeout}
	return func(ctx context.Context, found []audit.Finding) error {
		body, err := json.Marshal(struct {
			Kind     string          `json:"kind"`
			Title    string          `json:"title"`
			Server   string          `json:"server"`
			Findings []audit.Finding `json:"findings"`
		}{"alarm", fmt.Sprintf("Mainstay's auditor found %d broken promises", len(found)), a.BaseURL, found})
		if err != nil {
			return err
		}
		req, err := http.NewRequestWithContext(ctx, http.MethodPost, a.AlarmURL, bytes.NewReader(body))
		if err != nil {
			return err
		}
		req.Header.Set("Content-Type", "application/json")
		resp, err := client.Do(req)
		if err != nil {
			return err
		}
		defer resp.Body.Close()
		if resp.StatusCode/100 != 2 {
			return fmt.Errorf("the alarm's receiver answered %s", resp.Status)
		}
		return nil
	}
}
