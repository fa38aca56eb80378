import { assert, client } from '../client.mjs';

const models = [];
for await (const model of client.models.list()) models.push(model);

assert.ok(models.length >= 1);
for (const model of models) {
  assert.equal(model.object, 'model');
  assert.ok(Number.isInteger(model.created));
  assert.equal(model.owned_by, 'vitrine');
  assert.deepEqual({ ...(await client.models.retrieve(model.id)) }, { ...model });
}
