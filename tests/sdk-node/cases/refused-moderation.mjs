import { OpenAI, assert, client, refused, small } from '../client.mjs';

const error = await refused(OpenAI.BadRequestError, () => client.images.generate({ ...small, prompt: process.env.VITRINE_BLOCKED_PROMPT }));

assert.equal(error.type, 'image_generation_user_error');
assert.equal(error.code, 'moderation_blocked');
assert.ok(error.requestID);
