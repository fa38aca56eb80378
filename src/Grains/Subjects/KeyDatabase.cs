using Npgsql;

namespace Vitrine.Grains.Subjects;

/// <summary>Where the keys lie: the events' database or, better, another one.</summary>
public sealed record KeyDatabase(NpgsqlDataSource Source)
{
    public const string Ddl = """
        create schema if not exists vitrine_keys;
        create table if not exists vitrine_keys.tenant_key (tenant_id text primary key, key bytea not null);

        -- One row for each subject of whom anything was ever recorded: a user's id, or a SubjectId of an end user or an API key; '' stands for what was said under no user before these were told
        -- apart, and for the names of keys without one. An erased person's row stays, without the key, so that none is made again.
        create table if not exists vitrine_keys.subject_key (
            tenant_id text not null,
            user_id   text not null,
            key       bytea,
            erased_at timestamptz,
            primary key (tenant_id, user_id),
            check ((key is null) = (erased_at is not null))
        );

        -- Counts the erasures. Whoever keeps keys in memory compares it, and forgets them all when it has grown.
        create table if not exists vitrine_keys.erasures (there boolean primary key default true check (there), count bigint not null);
        insert into vitrine_keys.erasures (count) values (0) on conflict do nothing;

        -- The person's key, made from in_fresh where there was none; a null in_fresh makes none. In statements of their own, so that a row that another silo has just made is seen.
        create or replace function vitrine_keys.subject(in_tenant text, in_user text, in_fresh bytea) returns table (key bytea, erased boolean) language plpgsql as $$
        begin
            return query select s.key, s.key is null from vitrine_keys.subject_key s where s.tenant_id = in_tenant and s.user_id = in_user;
            if found or in_fresh is null then return; end if;
            insert into vitrine_keys.subject_key (tenant_id, user_id, key) values (in_tenant, in_user, in_fresh) on conflict do nothing;
            return query select s.key, s.key is null from vitrine_keys.subject_key s where s.tenant_id = in_tenant and s.user_id = in_user;
        end $$;

        -- Destroys the person's key; false when that was done before. The count grows in the same transaction: whoever sees the new count sees no key any more. A person who never had one
        -- gets none.
        create or replace function vitrine_keys.erase(in_tenant text, in_user text) returns boolean language plpgsql as $$
        begin
            insert into vitrine_keys.subject_key as s (tenant_id, user_id, key, erased_at) values (in_tenant, in_user, null, now())
            on conflict (tenant_id, user_id) do update set key = null, erased_at = now() where s.key is not null;
            if not found then return false; end if;
            update vitrine_keys.erasures set count = count + 1;
            return true;
        end $$;
        """;
}
