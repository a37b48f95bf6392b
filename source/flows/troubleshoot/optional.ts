/** The value, or `otherwise` when it cannot be had; a cancellation is passed on. */
export async function optional<Value>(promise: Promise<Value>, otherwise: Value, signal: AbortSignal): Promise<Value> {
	try {
		return await promise;
	} catch (error) {
		if (signal.aborted) throw error;
		return otherwise;
	}
}
