package people

import "mainstay/internal/engine/db"

// shutOut ends every way in that a user has: sessions, tokens and one-time codes.
func shutOut(tx *db.Tx, id UserID) error {
	if _, err := tx.Exec(`DELETE FROM session WHERE user_id = ?`, string(id)); err != nil {
		return err
	}
	if _, err := tx.Exec(`DELETE FROM one_time_code WHERE user_id = ?`, string(id)); err != nil {
		return err
	}
	_, err := tx.Exec(`UPDATE token SET revoked = ? WHERE owner = ? AND revoked IS NULL`, tx.Now(), string(id))
	return err
}
